import { stat } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, encodeDirectory } from '../../protocol/storage/directory.ts'
import type { Sealing } from '../../protocol/storage/encryption.ts'
import { encryptedSource } from './encrypted-source.ts'
import { type PutOptions, type PutResult, putSources } from './put-sources.ts'
import { type FoundFile, scanDirectory } from './scan-directory.ts'
import { bytesSource, fileSource, type SegmentSource } from './segment-source.ts'

/**
 * Stores bytes and waits until they are final.
 * @throws OgError FILE_EMPTY, INSUFFICIENT_FUNDS, STORAGE_NODES_MISSING, STORAGE_REFUSED, NETWORK_UNREACHABLE
 * @example const { root } = await putBytes(bytes, { profile, wallet })
 */
export async function putBytes(bytes: Uint8Array, options: PutOptions): Promise<PutResult> {
  return (await putSources([bytesSource(bytes)], options))[0] as PutResult
}

/** Stores a file, streamed from disk; encrypted when told how. @throws OgError FILE_NOT_FOUND and those of putBytes */
export async function putFile(path: string, { sealing, ...options }: PutFileOptions): Promise<PutResult> {
  const plain = await fileSource(path)
  return (await putSources([sealing ? encryptedSource(plain, sealing) : plain], options))[0] as PutResult
}

/** `sealing`: how to encrypt; the sizes and the root of the result are then those of the encrypted file. */
type PutFileOptions = PutOptions & { sealing?: Sealing | undefined }

/** A stored directory: `root` is that of its manifest. */
export type PutDirectoryResult = PutResult & {
  /** files with content; empty ones live in the manifest alone */
  files: number
  /** bytes of all files */
  contentBytes: number
}

/**
 * Stores a directory: every file, then the manifest that names them (0G storage spec §7.3). Symbolic links are kept as
 * links; sockets, pipes and devices are refused.
 * @throws OgError FILE_NOT_FOUND, NOT_A_DIRECTORY, NOT_A_REGULAR_FILE and those of putBytes
 */
export async function putDirectory(path: string, options: PutOptions): Promise<PutDirectoryResult> {
  const input = await readDirectory(path)
  return (await putInputs([input], options))[0] as PutPathResult
}

/** What was stored of a path; a file counts as one file. */
export type PutPathResult = PutDirectoryResult & { path: string; isDirectory: boolean }

/**
 * Stores files and directories, whichever the paths are, in as few transactions as they fit in. Results in the order of the paths.
 * @throws OgError DIRECTORY_NOT_ENCRYPTED and those of putFile and putDirectory
 */
export async function putPaths(
  paths: readonly string[],
  { sealing, ...options }: PutFileOptions,
): Promise<PutPathResult[]> {
  const inputs: Input[] = []
  for (const path of paths) {
    if (await isDirectory(path)) {
      if (sealing) throw ogError('DIRECTORY_NOT_ENCRYPTED', { path })
      inputs.push(await readDirectory(path))
      continue
    }
    const plain = await fileSource(path)
    inputs.push({ path, sources: [sealing ? encryptedSource(plain, sealing) : plain], manifest: undefined })
  }
  return await putInputs(inputs, options)
}

/** Stores one path. @throws OgError as putPaths */
export async function putPath(path: string, options: PutFileOptions): Promise<PutPathResult> {
  return (await putPaths([path], options))[0] as PutPathResult
}

/** A path as it is stored: its files, and for a directory what makes the manifest once they have roots. */
type Input = {
  path: string
  sources: SegmentSource[]
  manifest: ((stored: readonly PutResult[]) => SegmentSource) | undefined
}

async function readDirectory(path: string): Promise<Input> {
  const found: FoundFile[] = []
  const root: DirectoryNode = { name: '/', type: 'directory', entries: await scanDirectory(path, found) }
  const manifest = (stored: readonly PutResult[]): SegmentSource => {
    found.forEach(({ node }, i) => {
      node.roots = [(stored[i] as PutResult).root]
    })
    return bytesSource(encodeDirectory(root), path)
  }
  return { path, sources: found.map(({ source }) => source), manifest }
}

async function putInputs(inputs: readonly Input[], options: PutOptions): Promise<PutPathResult[]> {
  const contents = await putSources(
    inputs.flatMap(({ sources }) => sources),
    options,
  )
  let at = 0
  const parts = inputs.map((input) => {
    const stored = contents.slice(at, at + input.sources.length)
    at += input.sources.length
    return { input, stored, manifest: input.manifest?.(stored) }
  })
  const manifests = parts.flatMap(({ manifest }) => manifest ?? [])
  const heads = manifests.length > 0 ? await putSources(manifests, options) : []
  return parts.map(({ input, stored, manifest }) => {
    const head = manifest ? (heads.shift() as PutResult) : (stored[0] as PutResult)
    const all = manifest ? [...stored, head] : stored
    return {
      ...head,
      path: input.path,
      isDirectory: manifest !== undefined,
      segments: all.reduce((sum, { segments }) => sum + segments, 0),
      costWei: all.reduce((sum, { costWei }) => sum + costWei, 0n),
      feeWei: all.reduce((sum, { feeWei }) => sum + feeWei, 0n),
      outcome: all.some(({ outcome }) => outcome === 'stored') ? 'stored' : head.outcome,
      files: stored.length,
      contentBytes: stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }
  })
}

async function isDirectory(path: string): Promise<boolean> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  return info.isDirectory()
}

import { stat } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, encodeDirectory } from '../../protocol/storage/directory.ts'
import type { Sealing } from '../../protocol/storage/encryption.ts'
import { encryptedSource } from './encrypted-source.ts'
import { type PutOptions, type PutResult, putSources } from './put-sources.ts'
import { type FoundFile, scanDirectory } from './scan-directory.ts'
import { bytesSource, fileSource } from './segment-source.ts'

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
 * @throws OgError FILE_NOT_FOUND, NOT_A_REGULAR_FILE and those of putBytes
 */
export async function putDirectory(path: string, options: PutOptions): Promise<PutDirectoryResult> {
  const sources: FoundFile[] = []
  const root: DirectoryNode = { name: '/', type: 'directory', entries: await scanDirectory(path, sources) }
  const stored = await putSources(
    sources.map(({ source }) => source),
    options,
  )
  sources.forEach(({ node }, i) => {
    node.roots = [(stored[i] as PutResult).root]
  })
  const [manifest] = await putSources([bytesSource(encodeDirectory(root), path)], options)
  const all = [...stored, manifest as PutResult]
  return {
    ...(manifest as PutResult),
    segments: all.reduce((sum, { segments }) => sum + segments, 0),
    costWei: all.reduce((sum, { costWei }) => sum + costWei, 0n),
    feeWei: all.reduce((sum, { feeWei }) => sum + feeWei, 0n),
    outcome: all.some(({ outcome }) => outcome === 'stored') ? 'stored' : (manifest as PutResult).outcome,
    files: sources.length,
    contentBytes: sources.reduce((sum, { source }) => sum + source.sizeBytes, 0),
  }
}

/**
 * Stores a file or a directory, whichever the path is; a file counts as one file.
 * @throws OgError DIRECTORY_NOT_ENCRYPTED and those of putFile and putDirectory
 */
export async function putPath(
  path: string,
  options: PutFileOptions,
): Promise<PutDirectoryResult & { isDirectory: boolean }> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  if (info.isDirectory() && options.sealing) throw ogError('DIRECTORY_NOT_ENCRYPTED', { path })
  if (info.isDirectory()) return { ...(await putDirectory(path, options)), isDirectory: true }
  const stored = await putFile(path, options)
  return { ...stored, isDirectory: false, files: 1, contentBytes: stored.sizeBytes }
}

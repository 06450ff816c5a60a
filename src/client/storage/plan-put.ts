import { stat } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'
import { encodeDirectory } from '../../protocol/storage/directory.ts'
import type { Sealing } from '../../protocol/storage/encryption.ts'
import { type FileTree, fileTreeOf } from '../../protocol/storage/file-tree.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { NetworkProfile } from '../profile.ts'
import { encryptedSource } from './encrypted-source.ts'
import { earlierSubmissions, feeWei, flowOf, readPriceWei } from './flow-contract.ts'
import { hashSource } from './hash-source.ts'
import type { OnStorageProgress } from './progress.ts'
import { type FoundFile, scanDirectory } from './scan-directory.ts'
import { fileSource } from './segment-source.ts'

type HashOptions = {
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
  /** how the file is to be encrypted */
  sealing?: Sealing | undefined
}

/** The trees of a file or directory, computed without a network; of a directory the manifest is the last. */
export type LocalTree = { root: Hex; isDirectory: boolean; files: number; sizeBytes: number; trees: FileTree[] }

/** Root of a file or directory on disk. @throws OgError FILE_NOT_FOUND, FILE_EMPTY, DIRECTORY_NOT_ENCRYPTED */
export async function localTree(path: string, options: HashOptions = {}): Promise<LocalTree> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  if (!info.isDirectory()) {
    const plain = await fileSource(path)
    const source = options.sealing ? encryptedSource(plain, options.sealing) : plain
    const tree = await hashSource(source, options).finally(() => source.close())
    return { root: tree.root, isDirectory: false, files: 1, sizeBytes: source.sizeBytes, trees: [tree] }
  }
  if (options.sealing) throw ogError('DIRECTORY_NOT_ENCRYPTED', { path })
  const found: FoundFile[] = []
  const entries = await scanDirectory(path, found)
  const trees: FileTree[] = []
  for (const { source, node } of found) {
    const tree = await hashSource(source, options).finally(() => source.close())
    node.roots = [tree.root]
    trees.push(tree)
  }
  const manifest = fileTreeOf(encodeDirectory({ name: '/', type: 'directory', entries }))
  const sizeBytes = found.reduce((sum, { source }) => sum + source.sizeBytes, 0)
  return { root: manifest.root, isDirectory: true, files: found.length, sizeBytes, trees: [...trees, manifest] }
}

/** What a put would send and pay, without sending anything. */
export type PutPlan = {
  items: { path: string; root: Hex; isDirectory: boolean; files: number; sizeBytes: number }[]
  sizeBytes: number
  segments: number
  /** sectors paid for, flow padding included */
  sectors: number
  pricePerSectorWei: bigint
  /** files that the chain has already: they are not paid for again */
  submittedFiles: number
  /** what the market takes for the rest; gas comes on top, unless there is no rest */
  feeWei: bigint
}

/**
 * What a put of these paths together would do; what the paths have in common is paid for once.
 * @throws OgError FILE_NOT_FOUND, FILE_EMPTY, DIRECTORY_NOT_ENCRYPTED, NETWORK_UNREACHABLE
 */
export async function planPut(
  paths: readonly string[],
  options: HashOptions & { profile: NetworkProfile },
): Promise<PutPlan> {
  const locals: LocalTree[] = []
  for (const path of paths) locals.push(await localTree(path, options))
  const trees = locals.flatMap((local) => local.trees)
  const flow = flowOf(options.profile)
  const pricePerSectorWei = await readPriceWei(flow, options.signal)
  // The same content twice is stored, and paid for, once.
  const distinct = [...new Map(trees.map((tree) => [`${tree.root} ${tree.layout.sizeBytes}`, tree])).values()]
  const files = distinct.map(({ layout, nodes }) => ({ sizeBytes: layout.sizeBytes, nodes }))
  const earlier = await earlierSubmissions(flow, files, options.signal)
  const unpaid = files.filter((_, i) => !earlier[i])
  return {
    items: locals.map(({ root, isDirectory, files, sizeBytes }, i) => ({
      path: paths[i] as string,
      root,
      isDirectory,
      files,
      sizeBytes,
    })),
    sizeBytes: locals.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    segments: distinct.reduce((sum, { layout }) => sum + layout.segments, 0),
    sectors: distinct.reduce((sum, { layout }) => sum + layout.paddedChunks, 0),
    pricePerSectorWei,
    submittedFiles: files.length - unpaid.length,
    feeWei: feeWei(unpaid, pricePerSectorWei),
  }
}

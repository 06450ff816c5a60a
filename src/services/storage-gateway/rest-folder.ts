import type { ServerResponse } from 'node:http'
import { type DirectoryNode, decodeDirectory, findInDirectory, isDirectory } from '../../protocol/storage/directory.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import type { FullRangeNode } from './full-range-node.ts'
import { canShareRoot, contentOf, requireReady, resized, sendAttachment } from './rest-download.ts'
import { FILE_NOT_FOUND, FILE_TOO_LARGE, PATH_NOT_FOUND, RestFault, TYPE_UNSUPPORTED } from './rest-fault.ts'

/** The limit the reference sets on files served out of folders. */
const MAX_FILE_BYTES = 100 * 1024 ** 2
const MAX_MANIFEST_BYTES = 64 * 1024 ** 2

/** What a path inside a folder leads to: a file was sent, anything else is described. */
export type FolderAnswer = { sent: true } | { sent: false; data: unknown }

/**
 * Answers `GET /file/:cid/*path` (0G storage spec §4.6): a directory is listed, a link is described and never followed, a file
 * is sent. Paths are looked up in the manifest alone, name by name, so none leads out of the folder.
 * @throws RestFault
 */
export async function answerFolder(
  node: FullRangeNode,
  folder: FileInfo,
  path: readonly string[],
  response: ServerResponse,
): Promise<FolderAnswer> {
  const found = findEntry(await readFolder(node, requireReady(folder)), path)
  if (found.type === 'directory') {
    const entries = found.entries ?? []
    return { sent: false, data: entries.map(({ name, type, size }) => ({ name, type, ...(size ? { size } : {}) })) }
  }
  if (found.type === 'symbolic') return { sent: false, data: found }
  await sendFile(node, found, response)
  return { sent: true }
}

function findEntry(root: DirectoryNode, path: readonly string[]): DirectoryNode {
  // A name with a slash in it (%2F) is no name; joined to a path it would be taken for two.
  const found = path.some((name) => name.includes('/')) ? undefined : findInDirectory(root, path.join('/'))
  if (!found) throw new RestFault(PATH_NOT_FOUND)
  return found
}

async function readFolder(node: FullRangeNode, info: FileInfo): Promise<DirectoryNode> {
  const { size } = info.tx
  if (size > MAX_MANIFEST_BYTES) throw new RestFault(TYPE_UNSUPPORTED, 'not a folder')
  const parts: Uint8Array[] = []
  for await (const part of contentOf(node, [info])) {
    if (parts.length === 0 && !isDirectory(part)) throw new RestFault(TYPE_UNSUPPORTED, 'not a folder')
    parts.push(part)
  }
  const folder = decodeDirectory(Buffer.concat(parts))
  if (!folder) throw new RestFault(TYPE_UNSUPPORTED, 'the manifest of the folder is damaged')
  return folder
}

async function sendFile(node: FullRangeNode, file: DirectoryNode, response: ServerResponse): Promise<void> {
  const sizeBytes = file.size ?? 0
  if (sizeBytes > MAX_FILE_BYTES) throw new RestFault(FILE_TOO_LARGE, { actual: sizeBytes, max: MAX_FILE_BYTES })
  const fragments: FileInfo[] = []
  for (const root of file.roots ?? []) {
    const info = await node.infoByRoot(root, true)
    if (!info) throw new RestFault(FILE_NOT_FOUND, `${root} of ${file.name}`)
    fragments.push(requireReady(info))
  }
  const storedBytes = fragments.reduce((sum, { tx }) => sum + tx.size, 0)
  const parts = contentOf(node, fragments)
  if (storedBytes === sizeBytes) return await sendAttachment(response, { name: file.name, sizeBytes, parts })
  if (fragments.length !== 1 || !canShareRoot(storedBytes, sizeBytes)) {
    throw new RestFault(
      TYPE_UNSUPPORTED,
      `the folder gives ${file.name} ${sizeBytes} bytes, its roots have ${storedBytes}`,
    )
  }
  await sendAttachment(response, { name: file.name, sizeBytes, parts: resized(parts, sizeBytes) })
}

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'

/** A local file that becomes part of an agent. */
export type ContentFile = { path: string; bytes: Uint8Array; sha256: string }

/** What an agent will know: read from disk once, so that what is planned is what is minted. */
export type AgentContent = { persona: ContentFile | null; memory: ContentFile[] }

/**
 * Reads persona and memory. Memory is every regular file below the directory (links to files are followed, links to
 * directories are not), sorted by path. System errors (ENOENT, EACCES, …) are thrown as they come.
 * @throws OgError PATH_UNUSABLE when the memory is no directory
 */
export async function readAgentContent(paths: {
  memory?: string | undefined
  persona?: string | undefined
}): Promise<AgentContent> {
  const [persona, memory] = await Promise.all([
    paths.persona === undefined ? null : readContentFile(resolve(paths.persona), basename(paths.persona)),
    paths.memory === undefined ? [] : readDirectory(resolve(paths.memory)),
  ])
  return { persona, memory }
}

/** Bytes of everything, before encryption. */
export function contentSizeBytes({ persona, memory }: AgentContent): number {
  return [...(persona ? [persona] : []), ...memory].reduce((sum, { bytes }) => sum + bytes.length, 0)
}

async function readDirectory(root: string): Promise<ContentFile[]> {
  if (!(await stat(root)).isDirectory()) {
    throw ogError('PATH_UNUSABLE', { path: root, reason: 'the memory of an agent is a directory' })
  }
  const files: string[] = []
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile())) files.push(path)
  }
  const contents = await Promise.all(
    files.map((path) => readContentFile(path, relative(root, path).split(sep).join('/'))),
  )
  return contents.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readContentFile(file: string, path: string): Promise<ContentFile> {
  const bytes = new Uint8Array(await readFile(file))
  return { path, bytes, sha256: sha256Hex(bytes) }
}

import { hashBytes } from './keccak.ts'
import type { Hex } from './units.ts'

/** One entry of a stored directory (0G storage spec §7.3). */
export type DirectoryNode = {
  name: string
  type: 'directory' | 'file' | 'symbolic'
  /** roots of the file's fragments; absent for an empty file */
  roots?: Hex[]
  size?: number
  link?: string
  entries?: DirectoryNode[]
}

const MAGIC = hashBytes(new TextEncoder().encode('0g-storage-client-dir-codec'))
const VERSION = 2
const HEADER_BYTES = 34

/** A manifest as it is stored: magic, version 2, JSON of the root node with entries sorted by name. */
export function encodeDirectory(root: DirectoryNode): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(canonical({ ...root, name: '/' })))
  const bytes = new Uint8Array(HEADER_BYTES + json.length)
  bytes.set(MAGIC)
  new DataView(bytes.buffer).setUint16(32, VERSION)
  bytes.set(json, HEADER_BYTES)
  return bytes
}

/** Whether bytes begin like a directory manifest. */
export function isDirectory(bytes: Uint8Array): boolean {
  return bytes.length > HEADER_BYTES && MAGIC.every((byte, i) => bytes[i] === byte)
}

/**
 * Reads a manifest of version 1 or 2. Undefined when it is none or damaged: wrong header, JSON or node, a name that is empty,
 * `.`, `..` or contains a slash, backslash or NUL, or names that repeat.
 */
export function decodeDirectory(bytes: Uint8Array): DirectoryNode | undefined {
  if (!isDirectory(bytes)) return undefined
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint16(32)
  if (version !== 1 && version !== 2) return undefined
  try {
    const root = parseNode(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(HEADER_BYTES))),
      true,
    )
    return root?.type === 'directory' ? root : undefined
  } catch {
    return undefined
  }
}

/** Every file and empty directory below a node with its path, depth first. */
export function* walkDirectory(node: DirectoryNode, prefix = ''): Generator<{ path: string; node: DirectoryNode }> {
  for (const entry of node.entries ?? []) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    yield { path, node: entry }
    if (entry.type === 'directory') yield* walkDirectory(entry, path)
  }
}

/** The node at a path such as `docs/readme.md`; the root for '' or '/'. */
export function findInDirectory(root: DirectoryNode, path: string): DirectoryNode | undefined {
  let node: DirectoryNode | undefined = root
  for (const part of path.split('/').filter((name) => name !== '')) {
    node = node?.entries?.find((entry) => entry.name === part)
  }
  return node
}

function canonical(node: DirectoryNode): DirectoryNode {
  return {
    name: node.name,
    type: node.type,
    ...(node.roots && node.roots.length > 0 ? { roots: node.roots } : {}),
    ...(node.size ? { size: node.size } : {}),
    ...(node.link ? { link: node.link } : {}),
    ...(node.entries && node.entries.length > 0
      ? { entries: node.entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(canonical) }
      : {}),
  }
}

function parseNode(value: unknown, isRoot: boolean): DirectoryNode | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, type, hash, roots, size, link, entries } = value as Record<string, unknown>
  if (typeof name !== 'string' || (!isRoot && !isStorableName(name))) return undefined
  if (type !== 'directory' && type !== 'file' && type !== 'symbolic') return undefined
  const allRoots = Array.isArray(roots) ? roots : typeof hash === 'string' && hash !== '' ? [hash] : []
  if (!allRoots.every((root) => typeof root === 'string' && /^0x[0-9a-fA-F]{64}$/.test(root))) return undefined
  if (size !== undefined && !(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0)) return undefined
  if (link !== undefined && typeof link !== 'string') return undefined
  if (entries !== undefined && entries !== null && !Array.isArray(entries)) return undefined
  const children = ((entries ?? []) as unknown[]).map((entry) => parseNode(entry, false))
  if (children.some((child) => child === undefined)) return undefined
  if (new Set(children.map((child) => child?.name)).size !== children.length) return undefined
  return {
    name,
    type,
    ...(allRoots.length > 0 ? { roots: allRoots.map((root: string) => root.toLowerCase() as Hex) } : {}),
    ...(size ? { size: size as number } : {}),
    ...(link ? { link: link as string } : {}),
    ...(type === 'directory' ? { entries: children as DirectoryNode[] } : {}),
  }
}

/** Whether a stored directory may have an entry of this name: anything else could leave the directory on some system. */
export function isStorableName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}

/**
 * Whether a link at `path` inside a directory could lead out of it, on any system. A `..` after a name counts as leaving: the name
 * may be another link, and the parent of where that leads is anywhere.
 */
export function leadsOutside(path: string, link: string): boolean {
  if (link === '' || /^[/\\]|^[a-zA-Z]:|\0/.test(link)) return true
  let up = 0
  let isBelow = false
  for (const part of link.split(/[/\\]/)) {
    if (part !== '..') isBelow ||= part !== '' && part !== '.'
    else if (isBelow) return true
    else up += 1
  }
  return up > path.split('/').length - 1
}

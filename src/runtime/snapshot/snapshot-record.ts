import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import type { Manifest } from '../manifest.ts'
import { parseManifest } from '../manifest-store.ts'

/** Grows when a field changes its meaning; a reader refuses what is newer than itself. */
export const SNAPSHOT_FORMAT = 1

/** The directories of a devnet that a snapshot holds. Logs, sockets and the record of processes are not state. */
export const STATE_DIRECTORIES = ['services', 'client'] as const

export const RECORD_FILE = 'snapshot.json'

/** One regular file of the state, by its path from the devnet's root with forward slashes. */
export type SnapshotFile = { path: string; sizeBytes: number; sha256: string }

/** What a snapshot says about itself. */
export type SnapshotRecord = {
  format: typeof SNAPSHOT_FORMAT
  name: string
  createdAt: string
  /** what each service said of its state when it stood still; services that say nothing, and stopped networks, are left out */
  states: Record<string, Record<string, unknown>>
  /** the devnet's own record at that moment, not live */
  manifest: Manifest
  files: SnapshotFile[]
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,47}$/i

/** A snapshot's name becomes a directory name. @throws FLAG_INVALID */
export function requireSnapshotName(name: string): string {
  if (NAME.test(name)) return name
  const reason = `"${name}" cannot be the name of a snapshot: up to 48 letters, digits, dots, dashes and underscores`
  throw ogError('FLAG_INVALID', { reason, command: 'devnet snapshot' })
}

/**
 * Whether a path may be written below a devnet's root: relative, in one of the state directories, without any step that leads
 * elsewhere. Records come from files that anybody may have made.
 */
function isStatePath(path: unknown): path is string {
  if (typeof path !== 'string' || path.length > 1024 || /[\\\0]/.test(path)) return false
  const [first, ...rest] = path.split('/')
  if (!(STATE_DIRECTORIES as readonly string[]).includes(first ?? '') || rest.length === 0) return false
  return rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/^[a-z]:$/i.test(part))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isFile(value: unknown): value is SnapshotFile {
  if (!isRecord(value)) return false
  const { path, sizeBytes, sha256 } = value
  if (!isStatePath(path) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return false
  return Number.isSafeInteger(sizeBytes) && (sizeBytes as number) >= 0
}

/**
 * Reads a record out of JSON text; `source` is named in errors.
 * @throws SNAPSHOT_CORRUPT, SNAPSHOT_INCOMPATIBLE (a newer format), STATE_INCOMPATIBLE (a manifest of another schema)
 */
export function parseSnapshotRecord(source: string, text: string): SnapshotRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw ogError('SNAPSHOT_CORRUPT', { path: source, reason: (error as Error).message }, { cause: error })
  }
  const corrupt = (reason: string) => ogError('SNAPSHOT_CORRUPT', { path: source, reason })
  if (!isRecord(value)) throw corrupt('its record is not an object')
  const { format, name, createdAt, states, manifest, files } = value
  if (typeof format !== 'number') throw corrupt('its record has no format')
  if (format !== SNAPSHOT_FORMAT) {
    throw ogError('SNAPSHOT_INCOMPATIBLE', { path: source, found: format, wanted: SNAPSHOT_FORMAT })
  }
  if (typeof name !== 'string' || !NAME.test(name) || typeof createdAt !== 'string') throw corrupt('it has no name')
  if (!isRecord(states) || !Object.values(states).every(isRecord))
    throw corrupt('its states are not what they should be')
  if (!Array.isArray(files)) throw corrupt('it lists no files')
  const wrong = files.find((file) => !isFile(file))
  if (wrong !== undefined) throw corrupt(`it lists a file it must not hold: ${JSON.stringify(wrong).slice(0, 120)}`)
  const paths = files.map((file: SnapshotFile) => file.path)
  const clash = clashOf(paths)
  if (clash !== undefined) throw corrupt(`it lists ${clash} twice`)
  parseManifest(source, JSON.stringify(manifest))
  return value as SnapshotRecord
}

/** A path that occurs twice, or that is a file and a directory at once. */
function clashOf(paths: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (const path of paths) {
    if (seen.has(path)) return path
    seen.add(path)
  }
  return paths.find((path) => {
    const parts = path.split('/')
    return parts.some((_, depth) => depth > 0 && depth < parts.length && seen.has(parts.slice(0, depth).join('/')))
  })
}

/** The record of the snapshot in `folder`. @throws SNAPSHOT_UNKNOWN when there is none, and what parseSnapshotRecord throws */
export async function readSnapshotRecord(
  folder: string,
  name: string,
  known: readonly string[],
): Promise<SnapshotRecord> {
  const path = join(folder, RECORD_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) throw ogError('SNAPSHOT_UNKNOWN', { name, known: known.join(', ') || 'none' })
  return parseSnapshotRecord(path, text)
}

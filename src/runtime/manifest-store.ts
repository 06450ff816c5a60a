import { readFile } from 'node:fs/promises'
import { ogError } from '../errors/og-error.ts'
import { writeFileAtomic } from '../utils/write-file-atomic.ts'
import { MANIFEST_SCHEMA_VERSION, type Manifest } from './manifest.ts'

/**
 * Narrows the text of a manifest; `path` is named in errors.
 * @throws STATE_DAMAGED, STATE_INCOMPATIBLE
 */
export function parseManifest(path: string, text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw ogError('STATE_DAMAGED', { path, reason: (error as Error).message }, { cause: error })
  }
  if (typeof value !== 'object' || value === null) throw ogError('STATE_DAMAGED', { path, reason: 'not an object' })
  const version = (value as { schemaVersion?: unknown }).schemaVersion
  if (version !== MANIFEST_SCHEMA_VERSION) {
    const args = { path, found: `schema ${String(version)}`, wanted: `schema ${MANIFEST_SCHEMA_VERSION}` }
    throw ogError('STATE_INCOMPATIBLE', args)
  }
  const wrong = Object.entries(FIELDS).find(([name, isRight]) => !isRight((value as Record<string, unknown>)[name]))
  if (wrong) throw ogError('STATE_DAMAGED', { path, reason: `"${wrong[0]}" is missing or not what it should be` })
  return value as Manifest
}

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string'
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const has =
  (fields: Record<string, Check>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([name, isRight]) => isRight(value[name]))
const listOf =
  (isRight: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isRight)
const recordOf =
  (isRight: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(isRight)

/** What every reader relies on: a file that lacks it is refused here, by name, and not somewhere deep inside a command. */
const FIELDS: Record<string, Check> = {
  name: isText,
  configHash: isText,
  settings: isRecord,
  chain: has({ id: Number.isSafeInteger, rpc: isText, ws: isText }),
  mnemonic: isText,
  accounts: listOf(has({ index: Number.isSafeInteger, address: isText, role: isText })),
  contracts: recordOf(has({ address: isText })),
  services: listOf(has({ name: isText, kind: isText, endpoints: recordOf(isText) })),
  live: (value) => value === null || has({ pid: Number.isSafeInteger, startTime: isText, socket: isText })(value),
  snapshots: Array.isArray,
}

/**
 * Reads a manifest; undefined when there is none.
 * @throws STATE_DAMAGED (not a manifest), STATE_INCOMPATIBLE (written by a version with another schema)
 */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  return parseManifest(path, text)
}

/** Writes a manifest atomically, readable by its owner only (it holds the development mnemonic). */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(manifest, null, 2)}\n`)
}

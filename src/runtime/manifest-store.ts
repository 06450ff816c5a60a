import { readFile } from 'node:fs/promises'
import { ogError } from '../errors/og-error.ts'
import { writeFileAtomic } from '../utils/write-file-atomic.ts'
import { MANIFEST_SCHEMA_VERSION, type Manifest } from './manifest.ts'

function parseManifest(path: string, text: string): Manifest {
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
  const manifest = value as Manifest
  if (!Array.isArray(manifest.services) || typeof manifest.name !== 'string' || typeof manifest.chain !== 'object') {
    throw ogError('STATE_DAMAGED', { path, reason: 'fields are missing' })
  }
  return manifest
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

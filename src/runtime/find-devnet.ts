import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { DEFAULT_DEVNET, STATE_FOLDER } from './devnet-paths.ts'

export type DevnetSelector = {
  /** name, or path of a project or of a devnet's own directory; OG_DEVNET when left out */
  devnet?: string | undefined
  cwd?: string | undefined
  env?: NodeJS.ProcessEnv
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** The nearest directory at or above `from` that has a `.0g` directory. */
function nearestProject(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isDirectory(join(folder, STATE_FOLDER))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Whether a directory is a devnet's own. Below `.0g` everything is; elsewhere only what has a manifest of ours: many projects have a
 * `manifest.json` of another kind, and `reset` and `down --rm` delete what a selector means.
 */
function isDevnetRoot(path: string): boolean {
  if (basename(dirname(path)) === STATE_FOLDER) return true
  try {
    const value = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')) as Record<string, unknown> | null
    return typeof value?.['schemaVersion'] === 'number' && typeof value['configHash'] === 'string'
  } catch {
    return false
  }
}

const isPath = (text: string): boolean => isAbsolute(text) || text.startsWith('.') || /[\\/]/.test(text)

/** A devnet name becomes a directory name and part of URLs shown to users. */
function requireName(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,47}$/i.test(name)) return name
  throw ogError('FLAG_INVALID', {
    reason: `"${name}" cannot be the name of a devnet: up to 48 letters, digits, dots, dashes and underscores`,
    command: 'devnet up',
  })
}

/**
 * Directory of the devnet that a selector means, whether it exists or not: `--devnet NAME|PATH`, then OG_DEVNET, then
 * `default` of the nearest directory upwards that has `.0g/`, else of the current directory.
 * @throws FLAG_INVALID for a name that cannot be a directory name
 */
export function devnetRoot(selector: DevnetSelector = {}): string {
  const env = selector.env ?? process.env
  const cwd = selector.cwd ?? process.cwd()
  const wanted = selector.devnet || env['OG_DEVNET'] || DEFAULT_DEVNET
  if (isPath(wanted)) {
    const path = resolve(cwd, wanted)
    if (isDevnetRoot(path)) return path
    return join(path, STATE_FOLDER, DEFAULT_DEVNET)
  }
  return join(nearestProject(cwd) ?? resolve(cwd), STATE_FOLDER, requireName(wanted))
}

/** As {@link devnetRoot}, for a devnet that must exist. @throws NOT_RUNNING when it does not */
export function existingDevnetRoot(selector: DevnetSelector = {}): string {
  const root = devnetRoot(selector)
  if (!existsSync(join(root, 'manifest.json'))) throw ogError('NOT_RUNNING', { path: root })
  return root
}

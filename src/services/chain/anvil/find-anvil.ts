import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { ogError } from '../../../errors/og-error.ts'
import { downloadedAnvil } from '../../../utils/downloaded-anvil.ts'

const run = promisify(execFile)

/**
 * Absolute path of the anvil to use: OG_ANVIL, else the first on the PATH, else the one that `--download-engine` fetched.
 * @throws CHAIN_ENGINE_MISSING
 */
export function findAnvil(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['OG_ANVIL']
  if (named) {
    if (isExecutable(named)) return named
    throw ogError('CHAIN_ENGINE_MISSING', { engine: `anvil at OG_ANVIL=${named}` })
  }
  const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const found = [...folders.map((folder) => join(folder, name)), downloadedAnvil(env)].find(isExecutable)
  if (found === undefined) throw ogError('CHAIN_ENGINE_MISSING', { engine: 'anvil' })
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `anvil 1.7.1`: what a journal is tied to. @throws CHAIN_ENGINE_MISSING when the program is not an anvil */
export async function anvilVersion(binary: string): Promise<string> {
  const { stdout } = await run(binary, ['--version']).catch((cause: Error) => {
    throw ogError('CHAIN_ENGINE_MISSING', { engine: `anvil at ${binary}` }, { cause })
  })
  const version = /^anvil(?: Version:)? v?(\d+\.\d+\.\d+)/m.exec(stdout)?.[1]
  if (version === undefined) throw ogError('CHAIN_ENGINE_MISSING', { engine: `anvil at ${binary}` })
  return `anvil ${version}`
}

import { homedir } from 'node:os'
import { join } from 'node:path'

export const ANVIL_VERSION = '1.7.1'

const CPU: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The npm package that holds anvil for this platform. */
export function anvilPackage(): string {
  return `@foundry-rs/anvil-${process.platform}-${CPU[process.arch] ?? process.arch}`
}

/** Directory where `--download-engine` installs it: `$XDG_CACHE_HOME/0g`, or `~/.cache/0g`. */
export function anvilCache(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache')
  return join(base, '0g', 'engines', `anvil-${ANVIL_VERSION}`)
}

/** Where the downloaded anvil is, whether it was downloaded or not. */
export function downloadedAnvil(env: NodeJS.ProcessEnv = process.env): string {
  const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  return join(anvilCache(env), 'node_modules', anvilPackage(), 'bin', name)
}

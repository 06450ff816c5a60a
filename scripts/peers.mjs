// Programs of others that tests and benchmarks run beside ours. They are never dependencies: each is installed from the npm registry, at one
// version and without scripts, into .cache/peers the first time it is asked for.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PEERS = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'peers')

const FOUNDRY_VERSION = '1.7.1'
const FOUNDRY_CPU = { x64: 'amd64', arm64: 'arm64' }

/**
 * The directory of npm package `name` at exactly `version`, installed with its dependencies and without scripts.
 * Two processes may ask at once: each installs beside, and the first rename wins.
 * @throws Error when npm cannot install it
 */
export function peerPackage(name, version) {
  const home = join(PEERS, `${name.replace('/', '+')}@${version}`)
  const folder = join(home, 'node_modules', name)
  if (existsSync(folder)) return folder
  mkdirSync(PEERS, { recursive: true })
  const beside = mkdtempSync(join(PEERS, '.install-'))
  try {
    writeFileSync(join(beside, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }))
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const { status, stderr } = spawnSync('npm', ['install', ...flags], { cwd: beside, encoding: 'utf8' })
    if (status !== 0) throw new Error(`npm could not install ${name}@${version}\n${stderr}`)
    try {
      renameSync(beside, home)
    } catch (error) {
      if (!existsSync(folder)) throw error
    }
    return folder
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** Absolute path of Foundry's `anvil`, `cast` or `forge`. @throws Error when this platform has none or npm cannot install it */
export function peerBinary(tool) {
  const platform = `${process.platform}-${FOUNDRY_CPU[process.arch] ?? process.arch}`
  const folder = peerPackage(`@foundry-rs/${tool}-${platform}`, FOUNDRY_VERSION)
  return join(folder, 'bin', process.platform === 'win32' ? `${tool}.exe` : tool)
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BootstrapError } from './bootstrap-error.mjs'
import { lastLines } from './last-lines.mjs'

export const NODE_VERSION = '24.21.0'

/** True for the oldest Node the project runs on, 22.18, and all newer ones. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** The registry's package that holds Node's binary for a platform, or undefined where there is none. */
export function nodePackage({ platform, arch, isMusl }) {
  const systems = { linux: ['x64', 'arm64'], darwin: ['x64', 'arm64'], win32: ['x64', 'arm64'] }
  if (isMusl || !systems[platform]?.includes(arch)) return undefined
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`
}

function currentMachine() {
  const { versions, execPath, platform, arch } = process
  return { version: versions.node, execPath, platform, arch, isMusl: isMusl(versions.node) }
}

/** Asked only where it matters (a Node to replace), because the report costs up to a second. */
function isMusl(version) {
  if (process.platform !== 'linux' || isNewEnough(version)) return false
  return !process.report?.getReport().header.glibcVersionRuntime
}

function works(node) {
  return existsSync(node) && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${NODE_VERSION}`
}

/**
 * Path of a Node that is new enough: the running one, or one fetched from the npm registry into .toolchain/, where bin/0g finds
 * it too. It is installed beside its final place and renamed, so an interrupted download is never taken for a Node.
 */
export function ensureNode({ root, npm, log, machine = currentMachine() }) {
  if (isNewEnough(machine.version)) return machine.execPath
  const home = join(root, '.toolchain', `node-${NODE_VERSION}`)
  const node = join(home, 'bin', machine.platform === 'win32' ? 'node.exe' : 'node')
  if (works(node)) return node

  const name = nodePackage(machine)
  if (!name) {
    const where = `${machine.platform}-${machine.arch}${machine.isMusl ? ' with musl' : ''}`
    throw new BootstrapError(
      `Node ${machine.version} is too old (22.18 is the oldest) and the registry has no Node for ${where}: install a newer Node`,
    )
  }
  log(`Node ${machine.version} is too old; fetching Node ${NODE_VERSION} into .toolchain`)
  const partial = join(root, '.toolchain', `partial-${process.pid}`)
  try {
    removeLeftovers(join(root, '.toolchain'))
    mkdirSync(partial, { recursive: true })
    const args = [npm, 'install', '--prefix', partial, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']
    const { status, stderr, error } = spawnSync(
      machine.execPath,
      [...args, '--no-package-lock', '--loglevel=error', `${name}@${NODE_VERSION}`],
      { cwd: partial, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
    )
    if (status !== 0) {
      throw new BootstrapError(
        `npm could not fetch Node ${NODE_VERSION} (${name}); is the npm registry reachable?\n${lastLines(stderr)}`,
        error,
      )
    }
    rmSync(home, { recursive: true, force: true })
    renameSync(join(partial, 'node_modules', name), home)
  } catch (error) {
    if (error instanceof BootstrapError) throw error
    throw new BootstrapError(`cannot write ${join(root, '.toolchain')}`, error)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  if (!works(node)) throw new BootstrapError(`the fetched Node does not run on this machine: ${node}`)
  return node
}

function removeLeftovers(toolchain) {
  if (!existsSync(toolchain)) return
  for (const entry of readdirSync(toolchain)) {
    if (entry.startsWith('partial-')) rmSync(join(toolchain, entry), { recursive: true, force: true })
  }
}

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootstrapError } from './bootstrap-error.mjs'
import { lastLines } from './last-lines.mjs'

const STAMP = join('node_modules', '.0g-installed')

/**
 * Brings node_modules in line with package-lock.json with `npm ci`, run by `node`; does nothing when it already is. Install scripts
 * never run: one of them (onnxruntime-node) downloads from outside the registry, and none is needed.
 */
export function ensureDependencies({ root, npm, node, env, log, platform = process.platform, arch = process.arch }) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const wanted = createHash('sha256').update(lockText).update(`${platform}-${arch}`).digest('hex')
  const stamp = join(root, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  try {
    if (!isInstalled({ root, lock: JSON.parse(lockText), platform, arch })) install({ root, npm, node, env, log })
    writeFileSync(stamp, wanted)
  } catch (error) {
    if (error instanceof BootstrapError) throw error
    throw new BootstrapError(`cannot write ${join(root, 'node_modules')}`, error)
  }
}

function install({ root, npm, node, env, log }) {
  log('installing dependencies (npm ci), this takes a while the first time')
  const startedMs = Date.now()
  const args = [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress']
  const { status, stderr, error } = spawnSync(node, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) {
    throw new BootstrapError(
      `npm could not install the dependencies; is the npm registry reachable?\n${lastLines(stderr)}`,
      error,
    )
  }
  log(`dependencies installed in ${((Date.now() - startedMs) / 1000).toFixed(0)} s`)
}

/**
 * True when node_modules, by npm's own record of it, holds every package of the lock that belongs on this platform. Optional
 * packages of this platform count too: an install under an old Node leaves exactly those out.
 */
export function isInstalled({ root, lock, platform, arch }) {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const { packages: installed = {} } = JSON.parse(readFileSync(record, 'utf8'))
  const direct = new Set(
    Object.keys(lock.packages['']?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`),
  )
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '' || entry.link || !allows(entry.os, platform) || !allows(entry.cpu, arch)) return true
    if (entry.libc && !entry.libc.includes('glibc')) return true
    // What an optional package of another platform depends on says nothing about platforms itself.
    if (entry.optional && !entry.os && !entry.cpu && !direct.has(path)) return true
    return installed[path]?.version === entry.version && existsSync(join(root, path))
  })
}

/** npm's `os` and `cpu` fields: a list of names, or of names to exclude with `!`. */
function allows(list, name) {
  if (!list) return true
  if (list.includes(`!${name}`)) return false
  return list.includes(name) || list.every((item) => item.startsWith('!'))
}

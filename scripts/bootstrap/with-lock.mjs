import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BootstrapError } from './bootstrap-error.mjs'

/**
 * Runs `work` while no other bootstrap of the same clone does: `npm test` and `npm run quickstart` started together must not
 * install into one node_modules. The lock names its process, so one that was killed does not block the next.
 */
export async function withLock({ root, log, pid = process.pid }, work) {
  const path = join(root, '.toolchain', 'lock')
  for (let waited = false; !take(path, pid); waited = true) {
    if (!waited) log('another bootstrap is at work in this clone, waiting for it')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** True when the lock is ours now. It appears with its content (a link to a finished file), so nobody ever reads half of it. */
function take(path, pid) {
  const own = `${path}-${pid}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(own, String(pid))
    linkSync(own, path)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw new BootstrapError(`cannot write ${path}`, error)
  } finally {
    rmSync(own, { force: true })
  }
  if (!isAlive(holderOf(path))) removeStale(path, `${own}-stale`)
  return false
}

/** Moves the lock of a dead process away; one that a third process took in the meantime is put back. */
function removeStale(path, aside) {
  try {
    renameSync(path, aside)
    if (isAlive(holderOf(aside))) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw new BootstrapError(`cannot write ${path}`, error)
  } finally {
    rmSync(aside, { force: true })
  }
}

function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return Number.NaN
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

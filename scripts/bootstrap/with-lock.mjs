import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

function take(path, pid) {
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, String(pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw new BootstrapError(`cannot write ${path}`, error)
  }
  if (!isAlive(holderOf(path))) rmSync(path, { force: true })
  return false
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

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isOgError } from '../errors/og-error.ts'
import { ownIdentity } from './process-identity.ts'
import { acquireLock, lockHolder } from './state-lock.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-lock-'))
  path = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const codeOf = (error: unknown) => (isOgError(error) ? error.code : error)

describe('state lock', () => {
  test('one holder at a time; free again after release, leaving nothing', async () => {
    const lock = await acquireLock(path)
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid })
    expect(codeOf(await acquireLock(path).catch((error: unknown) => error))).toBe('STATE_LOCKED')
    await lock.release()
    expect(await lockHolder(path)).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
    await (await acquireLock(path)).release()
  })

  test('of many that try at once exactly one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test.each([
    ['a dead process', JSON.stringify({ pid: 2 ** 30, startTime: '1', token: 'x' })],
    ['another process that got the pid', JSON.stringify({ pid: process.pid, startTime: '1', token: 'x' })],
    ['nobody that can be read', '{'],
  ])('a lock of %s is taken over', async (_, content) => {
    writeFileSync(path, content)
    const lock = await acquireLock(path)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject(ownIdentity())
    await lock.release()
  })

  test('whoever lost the lock neither holds nor releases it', async () => {
    const lost = await acquireLock(path)
    rmSync(path)
    const held = await acquireLock(path)
    expect([await lost.isHeld(), await held.isHeld()]).toEqual([false, true])
    await lost.release()
    expect(await held.isHeld()).toBe(true)
  })
})

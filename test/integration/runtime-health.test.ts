import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringDown } from '../../src/runtime/bring-down.ts'
import { ControlClient } from '../../src/runtime/control-client.ts'
import { devnetPaths } from '../../src/runtime/devnet-paths.ts'
import type { ServiceSnapshot } from '../../src/runtime/service-snapshot.ts'
import { createSandbox, type Sandbox } from '../helpers/sandbox.ts'
import { good, toyUp } from './fixtures/toy-network.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]()
})

const rootOf = () => join(sandbox.project, '.0g', 'toy')
const client = () => new ControlClient(devnetPaths(rootOf()).socket)
const SOON = { everyMs: 100, unhealthyAfter: 1, restartAfter: 3 }
const NEVER = { everyMs: 100, unhealthyAfter: 1, restartAfter: 1_000_000 }

/** The first state of a service that satisfies the predicate; `start` runs once the events flow. */
async function until(service: string, predicate: (snapshot: ServiceSnapshot) => boolean, start?: () => void) {
  for await (const event of client().events()) {
    if (start && event.type === 'network') start()
    if (event.type === 'service' && event.service.name === service && predicate(event.service)) return event.service
  }
  throw new Error('the network ended first')
}

const pidOf = async (service: string) =>
  (await client().status()).services.find(({ name }) => name === service)?.pid ?? 0

test('a service that hangs is called degraded, ended and started again at its place; what depends on it is left alone', async () => {
  const dependent = good('b', { dependsOn: ['a'], config: { peers: ['a'] }, health: SOON })
  const { manifest } = await toyUp(sandbox.project, [good('a', { health: SOON }), dependent])
  const [before, other] = [await pidOf('a'), await pidOf('b')]
  const degraded = await until(
    'a',
    ({ status }) => status === 'degraded',
    () => void process.kill(before, 'SIGSTOP'),
  )
  expect(degraded).toMatchObject({ pid: before, lastError: { code: expect.any(String) } })
  const again = await until('a', ({ status, pid }) => status === 'ready' && pid !== before)
  expect(again.restarts).toBe(1)
  expect(again.endpoints).toEqual(manifest.services.find(({ name }) => name === 'a')?.endpoints)
  const report = await client().status()
  expect(report.services.find(({ name }) => name === 'b')).toMatchObject({ pid: other, restarts: 0 })
  await bringDown({ root: rootOf() })
  await sandbox.assertNoLeaks()
})

test('a service that answers again in time is well again, with the process it had', async () => {
  await toyUp(sandbox.project, [good('a', { health: NEVER })])
  const pid = await pidOf('a')
  await until(
    'a',
    ({ status }) => status === 'degraded',
    () => void process.kill(pid, 'SIGSTOP'),
  )
  expect((await client().status()).status).toBe('degraded')
  const well = await until(
    'a',
    ({ status }) => status === 'ready',
    () => void process.kill(pid, 'SIGCONT'),
  )
  expect(well).toMatchObject({ pid, restarts: 0, lastError: null })
  await bringDown({ root: rootOf() })
})

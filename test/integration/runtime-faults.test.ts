import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isOgError } from '../../src/errors/og-error.ts'
import { bringDown } from '../../src/runtime/bring-down.ts'
import { ControlClient } from '../../src/runtime/control-client.ts'
import { devnetPaths } from '../../src/runtime/devnet-paths.ts'
import { inspectDevnet } from '../../src/runtime/inspect-devnet.ts'
import type { NetworkEvent } from '../../src/runtime/network-status.ts'
import { loggedServices, readLogs } from '../../src/runtime/read-logs.ts'
import type { ServiceSnapshot } from '../../src/runtime/service-snapshot.ts'
import { markedProcesses, untilNoProcess } from '../helpers/leaks.ts'
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

/** The first event of a service that satisfies the predicate. */
async function until(service: string, predicate: (snapshot: ServiceSnapshot) => boolean, start?: () => void) {
  for await (const event of client().events()) {
    if (start && event.type === 'network') start()
    if (event.type === 'service' && event.service.name === service && predicate(event.service)) return event.service
  }
  throw new Error('the network ended first')
}

describe('kill -9', () => {
  test('of the daemon leaves no process, and the next up continues', async () => {
    const { report, manifest } = await toyUp(sandbox.project, [good('a'), good('b', { dependsOn: ['a'] })])
    process.kill(report.pid, 'SIGKILL')
    await untilNoProcess(sandbox.mark)
    expect((await inspectDevnet(rootOf())).state).toBe('crashed')
    const again = await toyUp(sandbox.project, [good('a'), good('b', { dependsOn: ['a'] })])
    expect(again.isAlreadyRunning).toBe(false)
    expect(again.manifest.id).toBe(manifest.id)
    expect(again.manifest.services.map(({ endpoints }) => endpoints)).toEqual(
      manifest.services.map(({ endpoints }) => endpoints),
    )
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('of the daemon: a child that will not go is reaped by down', async () => {
    const { report } = await toyUp(sandbox.project, [
      good('a'),
      { name: 'mule', script: 'stubborn.mjs', skipProbe: true },
    ])
    process.kill(report.pid, 'SIGKILL')
    const result = await bringDown({ root: rootOf() })
    expect(result.killedProcesses).toBe(1)
    await untilNoProcess(sandbox.mark)
    expect((await inspectDevnet(rootOf())).state).toBe('stopped')
  })

  test('of the daemon: the next up reaps too', async () => {
    const services = [good('a'), { name: 'mule', script: 'stubborn.mjs', skipProbe: true }]
    const { report } = await toyUp(sandbox.project, services)
    process.kill(report.pid, 'SIGKILL')
    await toyUp(sandbox.project, services)
    expect(markedProcesses(sandbox.mark).filter(({ command }) => command.includes('stubborn'))).toHaveLength(1)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('of a child: back on the same port with the same data', async () => {
    const { manifest } = await toyUp(sandbox.project, [
      good('a'),
      good('b', { dependsOn: ['a'], config: { peers: ['a'] } }),
    ])
    const [a] = manifest.services
    const url = a?.endpoints['http'] ?? ''
    const back = await until(
      'a',
      ({ status, pid }) => status === 'ready' && pid !== a?.pid,
      () => process.kill(a?.pid ?? 0, 'SIGKILL'),
    )
    expect(back).toMatchObject({ endpoints: { http: url }, restarts: 1, lastError: null })
    expect(await (await fetch(url)).json()).toMatchObject({ pid: back.pid, starts: 2 })
    expect((await client().status()).status).toBe('ready')
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('of everything at once', async () => {
    await toyUp(sandbox.project, [good('a'), good('b')])
    for (const { pid } of markedProcesses(sandbox.mark)) process.kill(pid, 'SIGKILL')
    await untilNoProcess(sandbox.mark)
    const again = await toyUp(sandbox.project, [good('a'), good('b')])
    expect(again.report.status).toBe('ready')
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })
})

describe('a service that keeps crashing', () => {
  test('is left alone after the sixth crash; the network is degraded; start by hand works', async () => {
    const services = [good('a'), { name: 'frail', script: 'relapse.ts', config: { healthyStarts: 1 } }]
    const { manifest } = await toyUp(sandbox.project, services)
    const frail = manifest.services.find(({ name }) => name === 'frail')
    const failed = await until(
      'frail',
      ({ status }) => status === 'failed',
      () => process.kill(frail?.pid ?? 0, 'SIGKILL'),
    )
    expect(failed.restarts).toBe(5)
    expect(failed.lastError?.code).toBe('SERVICE_CRASHED')
    const report = await client().status()
    expect(report.status).toBe('degraded')
    expect(report.services.find(({ name }) => name === 'a')?.status).toBe('ready')
    rmSync(join(frail?.dataDir ?? '', 'starts'))
    const started = until('frail', ({ status }) => status === 'ready')
    await client().service('frail', 'start')
    expect((await started).endpoints).toEqual(frail?.endpoints)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })
})

describe('stopping', () => {
  test('goes from dependents to dependencies', async () => {
    const stopOrderFile = join(sandbox.project, 'order')
    const config = { stopOrderFile }
    await toyUp(sandbox.project, [
      good('base', { config }),
      good('middle', { config, dependsOn: ['base'] }),
      good('top', { config, dependsOn: ['middle', 'base'] }),
    ])
    await bringDown({ root: rootOf() })
    expect(readFileSync(stopOrderFile, 'utf8')).toBe('top\nmiddle\nbase\n')
    await sandbox.assertNoLeaks()
  })

  test('kills a service that ignores TERM', async () => {
    await toyUp(sandbox.project, [good('a'), { name: 'mule', script: 'stubborn.mjs', skipProbe: true }])
    const result = await bringDown({ root: rootOf() })
    expect(result).toMatchObject({ wasRunning: true, killedProcesses: 0 })
    await sandbox.assertNoLeaks()
    const records = await readLogs(devnetPaths(rootOf()).logs, { services: ['mule'] }, 10)
    expect(records.map(({ msg }) => msg)).toContain('TERM? no')
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s to the daemon stops everything', async (signal) => {
    const { report } = await toyUp(sandbox.project, [good('a'), good('b')])
    process.kill(report.pid, signal)
    await sandbox.assertNoLeaks()
    expect((await inspectDevnet(rootOf())).state).toBe('stopped')
  })

  test('a second signal does not wait for a stubborn service', async () => {
    const { report } = await toyUp(sandbox.project, [{ name: 'mule', script: 'stubborn.mjs', skipProbe: true }])
    const events: NetworkEvent[] = []
    for await (const event of client().events()) {
      if (event.type === 'network' && event.status === 'ready') process.kill(report.pid, 'SIGTERM')
      if (event.type === 'service' && event.service.status === 'stopping') process.kill(report.pid, 'SIGTERM')
      events.push(event)
    }
    await sandbox.assertNoLeaks()
    expect(events.some((event) => event.type === 'network' && event.status === 'stopped')).toBe(true)
  })

  test('a state directory that is deleted takes its network with it', async () => {
    await toyUp(sandbox.project, [good('a')])
    // Retries: the daemon may be writing its record just then.
    rmSync(rootOf(), { recursive: true, force: true, maxRetries: 5 })
    await untilNoProcess(sandbox.mark)
    expect(existsSync(rootOf())).toBe(false)
    await sandbox.assertNoLeaks()
  })
})

describe('the control API', () => {
  test('stops and starts one service; refuses unknown ones', async () => {
    await toyUp(sandbox.project, [good('a'), good('b')])
    const stopped = await client().service('a', 'stop')
    expect(stopped.services.find(({ name }) => name === 'a')).toMatchObject({ status: 'stopped', pid: null })
    expect(stopped.status).toBe('degraded')
    const ready = until('a', ({ status }) => status === 'ready')
    await client().service('a', 'start')
    expect((await ready).restarts).toBe(0)
    const error = await client()
      .service('nobody', 'restart')
      .catch((reason: unknown) => reason)
    expect(isOgError(error) && error.code).toBe('UNKNOWN_SERVICE')
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('logs: everything in the file, the newest in memory, followers hear what comes next', async () => {
    await toyUp(sandbox.project, [
      { name: 'loud', script: 'spam.mjs', skipProbe: true },
      good('a', { config: { say: 'hello' } }),
    ])
    expect(await loggedServices(devnetPaths(rootOf()).logs)).toEqual(['a', 'loud'])
    const all = await readLogs(devnetPaths(rootOf()).logs, { services: ['loud'] }, 30_000)
    expect(all).toHaveLength(20_000)
    expect(all.at(-1)?.msg).toContain('line 19999')
    const greeting = await readLogs(devnetPaths(rootOf()).logs, { grep: /hello/ }, 10)
    expect(greeting.map(({ svc, level }) => [svc, level])).toEqual([['a', 'info']])
    const heard: string[] = []
    for await (const record of client().followLogs({ services: ['a'] })) {
      heard.push(record.msg)
      if (heard.length === 1) await client().service('a', 'restart')
      if (heard.length === 2) break
    }
    expect(heard).toEqual(['hello', 'hello'])
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isOgError, type OgError } from '../../src/errors/og-error.ts'
import { bringDown, resetState } from '../../src/runtime/bring-down.ts'
import { bringUp } from '../../src/runtime/bring-up.ts'
import { ControlClient } from '../../src/runtime/control-client.ts'
import { indexedDevnets } from '../../src/runtime/devnet-index.ts'
import { devnetPaths } from '../../src/runtime/devnet-paths.ts'
import { inspectDevnet } from '../../src/runtime/inspect-devnet.ts'
import { readManifest } from '../../src/runtime/manifest-store.ts'
import { createSandbox, type Sandbox } from '../helpers/sandbox.ts'
import { good, toyOptions, toyUp } from './fixtures/toy-network.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]()
})

/** The log lines an error carries, as one text. */
const linesOf = (error: OgError): string => ((error.details?.['logLines'] ?? []) as string[]).join('\n')

const rootOf = (name = 'toy') => join(sandbox.project, '.0g', name)

async function failure(work: Promise<unknown>): Promise<OgError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isOgError(error)) throw new Error(`expected an error of the catalogue, got ${String(error)}`)
  return error
}

async function occupy(port = 0): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  }
}

describe('up', () => {
  test('returns when every service answered its probe, and records where everything is', async () => {
    const result = await toyUp(sandbox.project, [good('b', { dependsOn: ['a'], config: { peers: ['a'] } }), good('a')])
    expect(result.isAlreadyRunning).toBe(false)
    expect(result.report.status).toBe('ready')
    expect(result.report.services.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'ready'],
      ['b', 'ready'],
    ])
    const { manifest } = result
    expect(manifest.live?.pid).toBe(result.report.pid)
    const [a, b] = manifest.services
    const reply = await (await fetch(b?.endpoints['http'] ?? '')).json()
    expect(reply).toMatchObject({ name: 'b', pid: b?.pid, peers: [a?.endpoints['http']] })
    expect(statSync(devnetPaths(rootOf()).manifest).mode & 0o777).toBe(0o600)
    expect(statSync(devnetPaths(rootOf()).socket).mode & 0o777).toBe(0o600)
    expect(statSync(devnetPaths(rootOf()).socketDir).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(sandbox.project, '.0g', '.gitignore'), 'utf8')).toBe('*\n')
    expect(await indexedDevnets()).toEqual([rootOf()])
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('a second up finds it running; down twice is fine; state, id and ports survive', async () => {
    const first = await toyUp(sandbox.project, [good('a')])
    const second = await toyUp(sandbox.project, [good('a')])
    expect(second.isAlreadyRunning).toBe(true)
    expect(second.manifest).toEqual(first.manifest)
    expect(await bringDown({ root: rootOf() })).toMatchObject({ wasRunning: true, killedProcesses: 0 })
    expect(await bringDown({ root: rootOf() })).toMatchObject({ wasRunning: false })
    expect((await inspectDevnet(rootOf())).state).toBe('stopped')
    const third = await toyUp(sandbox.project, [good('a')])
    expect(third.manifest.id).toBe(first.manifest.id)
    expect(third.manifest.services[0]?.endpoints).toEqual(first.manifest.services[0]?.endpoints)
    const reply = (await (await fetch(third.manifest.services[0]?.endpoints['http'] ?? '')).json()) as {
      starts: number
    }
    expect(reply.starts).toBe(2)
    await bringDown({ root: rootOf(), remove: true })
    expect(existsSync(join(sandbox.project, '.0g'))).toBe(false)
    expect(await indexedDevnets()).toEqual([])
    await sandbox.assertNoLeaks()
  })

  test('two ups at once start one network', async () => {
    const results = await Promise.all([1, 2, 3].map(() => toyUp(sandbox.project, [good('a'), good('b')])))
    expect(results.filter(({ isAlreadyRunning }) => !isAlreadyRunning)).toHaveLength(1)
    expect(new Set(results.map(({ report }) => report.pid)).size).toBe(1)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('two networks run side by side', async () => {
    const port = await freePort()
    const [one, two] = await Promise.all([
      toyUp(sandbox.project, [good('a', { port })], { name: 'one' }),
      toyUp(sandbox.project, [good('a', { port })], { name: 'two' }),
    ])
    const urls = [one, two].map(({ manifest }) => manifest.services[0]?.endpoints['http'])
    expect(new Set(urls).size).toBe(2)
    expect(urls).toContain(`http://127.0.0.1:${port}`)
    expect(await indexedDevnets()).toEqual([rootOf('one'), rootOf('two')])
    await Promise.all(['one', 'two'].map((name) => bringDown({ root: rootOf(name) })))
    await sandbox.assertNoLeaks()
  })

  test('a taken port is replaced, said, and remembered', async () => {
    const warnings: string[] = []
    await using taken = await occupy()
    const options = toyOptions(sandbox.project, { services: [good('a', { port: taken.port })] })
    const first = await bringUp({
      ...options,
      onEvent: (event) => {
        if (event.type === 'warning') warnings.push(event.code)
      },
    })
    expect(warnings).toEqual(['PORT_MOVED'])
    await bringDown({ root: rootOf() })
    const second = await bringUp(options)
    expect(second.manifest.services[0]?.endpoints).toEqual(first.manifest.services[0]?.endpoints)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('--strict-ports names who holds the port', async () => {
    await using taken = await occupy()
    const services = [good('a', { port: taken.port }), good('b')]
    const error = await failure(toyUp(sandbox.project, services, { strictPorts: true }))
    expect(error.code).toBe('PORT_IN_USE')
    expect(error.exitCode).toBe(6)
    expect(error.message).toContain(`pid ${process.pid}`)
    await sandbox.assertNoLeaks()
  })
})

describe('a start that fails', () => {
  test.each([
    ['crash.mjs', 'SERVICE_CRASHED', /TypeError: the vault is empty/],
    ['exit-zero.mjs', 'SERVICE_CRASHED', /nothing to do/],
    ['bad-handshake.mjs', 'SERVICE_CRASHED', /service protocol/],
    ['no-such-file.mjs', 'SERVICE_CRASHED', /Cannot find module/],
  ])('%s: %s, the last lines, and nothing left', async (script, code, line) => {
    const error = await failure(toyUp(sandbox.project, [good('a'), { name: 'bad', script }]))
    expect(error.code).toBe(code)
    expect(error.exitCode).toBe(3)
    expect(error.details).toMatchObject({ service: 'bad', logFile: join(rootOf(), 'logs', 'bad.ndjson') })
    expect(linesOf(error)).toMatch(line)
    expect(existsSync(join(rootOf(), 'manifest.json'))).toBe(false)
    expect(existsSync(join(rootOf(), 'services'))).toBe(false)
    expect(readFileSync(join(rootOf(), 'logs', 'bad.ndjson'), 'utf8')).toMatch(line)
    await sandbox.assertNoLeaks()
  })

  test('a service that hangs: START_TIMEOUT', async () => {
    const services = [good('a'), { name: 'slow', script: 'hang.mjs' }]
    const error = await failure(toyUp(sandbox.project, services, { timeoutMs: 1_500 }))
    expect(error.code).toBe('START_TIMEOUT')
    expect(error.details).toMatchObject({ service: 'slow' })
    expect(linesOf(error)).toContain('thinking')
    await sandbox.assertNoLeaks()
  })

  test('a service whose probe never succeeds: START_TIMEOUT with what the probe said', async () => {
    const services = [good('a', { config: { answer: 503 } })]
    const error = await failure(toyUp(sandbox.project, services, { timeoutMs: 1_500 }))
    expect(error.code).toBe('START_TIMEOUT')
    expect((error.cause as Error).message).toContain('HTTP 503')
    await sandbox.assertNoLeaks()
  })

  test('the last words of a killed process are kept, whole', async () => {
    const error = await failure(toyUp(sandbox.project, [{ name: 'bad', script: 'last-words.mjs' }]))
    const lines = error.details?.['logLines'] as string[]
    expect(lines.at(-2)).toContain('the last words')
    expect(lines.at(-1)).toContain('SIGKILL')
    expect(lines.at(-3)?.length).toBeGreaterThan(20_000)
  })

  test('a network that worked before keeps its state when a later start fails', async () => {
    await toyUp(sandbox.project, [good('a')])
    await bringDown({ root: rootOf() })
    await failure(toyUp(sandbox.project, [good('a'), { name: 'bad', script: 'crash.mjs' }]))
    expect((await inspectDevnet(rootOf())).state).toBe('stopped')
    const again = await toyUp(sandbox.project, [good('a')])
    const reply = (await (await fetch(again.manifest.services[0]?.endpoints['http'] ?? '')).json()) as {
      starts: number
    }
    expect(reply.starts).toBeGreaterThanOrEqual(2)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('state of another genesis is refused and left alone; reset makes room', async () => {
    await toyUp(sandbox.project, [good('a')])
    await bringDown({ root: rootOf() })
    const before = readFileSync(devnetPaths(rootOf()).manifest, 'utf8')
    const other = toyOptions(sandbox.project, { services: [good('a')], configHash: 'other' })
    expect((await failure(bringUp(other))).code).toBe('STATE_INCOMPATIBLE')
    expect(readFileSync(devnetPaths(rootOf()).manifest, 'utf8')).toBe(before)
    const { id, services } = JSON.parse(before)
    await resetState(rootOf())
    const fresh = await bringUp(other)
    expect(fresh.manifest.id).not.toBe(id)
    expect(fresh.manifest.services[0]?.endpoints).toEqual(services[0].endpoints)
    const reply = (await (await fetch(fresh.manifest.services[0]?.endpoints['http'] ?? '')).json()) as {
      starts: number
    }
    expect(reply.starts).toBe(1)
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('a damaged manifest is named, a newer one too', async () => {
    mkdirSync(rootOf(), { recursive: true })
    writeFileSync(devnetPaths(rootOf()).manifest, '{"schemaVersion":1')
    expect((await failure(toyUp(sandbox.project, [good('a')]))).code).toBe('STATE_DAMAGED')
    writeFileSync(devnetPaths(rootOf()).manifest, '{"schemaVersion":2}')
    expect((await failure(toyUp(sandbox.project, [good('a')]))).code).toBe('STATE_INCOMPATIBLE')
    await resetState(rootOf())
    await toyUp(sandbox.project, [good('a')])
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })

  test('a file where the state directory should be', async () => {
    writeFileSync(join(sandbox.project, '.0g'), '')
    expect((await failure(toyUp(sandbox.project, [good('a')]))).code).toBe('DIR_NOT_WRITABLE')
  })
})

describe('interrupting a start', () => {
  /** Runs the toy CLI and signals it after it printed `after` lines. */
  async function interrupt(signal: NodeJS.Signals, after: number, foreground: boolean) {
    const options = toyOptions(
      sandbox.project,
      { services: [good('a'), good('b', { dependsOn: ['a'], config: { peers: ['a'] } }), good('c')] },
      { foreground },
    )
    const script = new URL('fixtures/toy-cli.ts', import.meta.url).pathname
    const cli = spawn(process.execPath, [script, JSON.stringify(options)], {
      env: sandbox.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    let sent = false
    const signalOnce = () => {
      if (sent) return
      sent = true
      cli.kill(signal)
    }
    cli.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.split('\n').length > after) signalOnce()
    })
    const exited = once(cli, 'exit')
    if (after === 0) await once(cli, 'spawn').then(signalOnce)
    const [code, killer] = (await exited) as [number | null, NodeJS.Signals | null]
    return { code, killer, output }
  }

  test.each([0, 1, 2, 3, 4, 5, 6])('Ctrl-C after %i events leaves nothing', async (after) => {
    await interrupt('SIGINT', after, true)
    await sandbox.assertNoLeaks()
    expect((await inspectDevnet(rootOf())).state).toMatch(/absent|stopped/)
  })

  test.each([1, 3, 6])('a terminal that closes after %i events leaves nothing', async (after) => {
    await interrupt('SIGHUP', after, true)
    await sandbox.assertNoLeaks()
  })

  test.each([1, 3, 7])('kill -9 of a foreground CLI after %i events leaves nothing', async (after) => {
    await interrupt('SIGKILL', after, true)
    await sandbox.assertNoLeaks()
    expect((await readManifest(devnetPaths(rootOf()).manifest))?.live ?? null).toBeNull()
  })

  test('kill -9 of a detaching CLI before it is ready leaves nothing', async () => {
    await interrupt('SIGKILL', 2, false)
    await sandbox.assertNoLeaks()
  })

  test('a detached network outlives its CLI', async () => {
    const { output, code } = await interrupt('SIGINT', Number.POSITIVE_INFINITY, false)
    expect([code, output.trimEnd().split('\n').at(-1)]).toEqual([0, 'ready'])
    expect((await new ControlClient(devnetPaths(rootOf()).socket).status()).status).toBe('ready')
    await bringDown({ root: rootOf() })
    await sandbox.assertNoLeaks()
  })
})

async function freePort(): Promise<number> {
  await using probe = await occupy()
  return probe.port
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ControlClient } from '../../src/runtime/control-client.ts'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { readManifest } from '../../src/runtime/manifest-store.ts'
import { markedProcesses, untilNoProcess } from '../helpers/leaks.ts'
import { runCli, runJson, startCli } from '../helpers/run-cli.ts'
import { createSandbox, type Sandbox } from '../helpers/sandbox.ts'

const SERVICES = [
  'chain',
  'storage-0',
  'storage-1',
  'storage-gateway',
  'storage-kv',
  'compute-1',
  'agent-oracle',
  'explorer',
]

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]()
})

const options = () => ({ cwd: sandbox.project, env: sandbox.env })
const og = (...args: string[]) => runCli(args, options())

async function data<T>(...args: string[]): Promise<T> {
  const { exitCode, body } = await runJson(args, options())
  if (exitCode !== 0) throw new Error(`0g ${args.join(' ')}: exit ${exitCode} ${JSON.stringify(body.error)}`)
  return body.data as T
}

async function failure(...args: string[]) {
  const { exitCode, body } = await runJson(args, options())
  return { exitCode, code: body.error?.code }
}

async function manifest(): Promise<Manifest> {
  const found = await readManifest(join(sandbox.project, '.0g', 'default', 'manifest.json'))
  if (!found) throw new Error('no manifest')
  return found
}

describe('the default network', () => {
  test('every child comes back after kill -9, on its port', async () => {
    await data('devnet', 'up', '--detach')
    const before = await manifest()
    expect(before.services.map(({ name }) => name)).toEqual(SERVICES)
    const client = new ControlClient(before.live?.socket ?? '')
    for (const { name, pid, endpoints } of before.services) {
      for await (const event of client.events()) {
        // The stream opens with the present state and ends that with a network event: then strike, then wait.
        if (event.type === 'network') process.kill(pid ?? 0, 'SIGKILL')
        if (event.type !== 'service' || event.service.name !== name) continue
        if (event.service.status === 'ready' && event.service.pid !== pid) {
          expect(event.service.endpoints).toEqual(endpoints)
          break
        }
      }
    }
    expect(await data('devnet', 'wait')).toMatchObject({ status: 'ready' })
    expect(await data('devnet', 'down')).toMatchObject({ devnets: [{ wasRunning: true, killedProcesses: 0 }] })
    await sandbox.assertNoLeaks()
  })

  test('tells where everything is, in every form', async () => {
    const up = await data<{ chain: { rpc: string; id: number }; alreadyRunning: boolean }>('devnet', 'up')
    expect(up).toMatchObject({ status: 'ready', alreadyRunning: false, chain: { id: 31337 } })
    expect(await data('devnet', 'up')).toMatchObject({ alreadyRunning: true, chain: up.chain })
    expect((await og('devnet', 'up', '-q')).stdout).toBe(`${up.chain.rpc}\n`)
    const block = (await og('devnet', 'up', '-d')).stdout.trimEnd().split('\n')
    expect(block.length).toBeLessThanOrEqual(12)
    expect(Math.max(...block.map((line) => line.length))).toBeLessThanOrEqual(160)
    const { variables } = await data<{ variables: Record<string, string> }>('devnet', 'env')
    expect(variables).toMatchObject({ OG_RPC_URL: up.chain.rpc, OG_CHAIN_ID: '31337' })
    expect(variables['OG_CONTRACT_INFERENCE_SERVING']).toBe('0x0165878a594ca255338adfa4d48449f69242eb8f')
    expect((await og('devnet', 'env')).stdout).toContain(`export OG_RPC_URL='${up.chain.rpc}'\n`)
    expect((await og('devnet', 'env', '--format', 'dotenv')).stdout).toContain(`\nOG_RPC_URL='${up.chain.rpc}'\n`)
    expect(await data('devnet', 'list')).toMatchObject({ devnets: [{ name: 'default', status: 'ready' }] })
    const plain = await data<{ accounts: object[] }>('devnet', 'accounts')
    expect(plain.accounts).toHaveLength(10)
    expect(JSON.stringify(plain)).not.toContain('privateKey')
    const { accounts } = await data<{ accounts: { privateKey: string }[] }>('devnet', 'accounts', '--show-keys')
    expect(accounts[0]?.privateKey).toBe('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
    const { records } = await data<{ records: { svc: string }[] }>('devnet', 'logs', 'chain', 'storage-0')
    expect([...new Set(records.map(({ svc }) => svc))].sort()).toEqual(['chain', 'storage-0'])
    expect(await failure('devnet', 'logs', 'nobody')).toEqual({ exitCode: 2, code: 'UNKNOWN_SERVICE' })
    expect(await failure('devnet', 'logs', '--grep', '(')).toEqual({ exitCode: 2, code: 'FLAG_INVALID' })
    expect(await failure('devnet', 'wait', '--for', 'nobody')).toEqual({ exitCode: 2, code: 'UNKNOWN_SERVICE' })
    await data('devnet', 'down', '--rm')
    expect(existsSync(join(sandbox.project, '.0g'))).toBe(false)
    expect(await failure('devnet', 'down')).toEqual({ exitCode: 3, code: 'NOT_RUNNING' })
    await sandbox.assertNoLeaks()
  })

  test('reset asks first, then starts over at the same addresses', async () => {
    await data('devnet', 'up')
    const before = await manifest()
    await data('chain', 'mine', '3')
    expect(await failure('devnet', 'reset')).toEqual({ exitCode: 2, code: 'CONFIRMATION_REQUIRED' })
    expect((await manifest()).id).toBe(before.id)
    expect(await data('devnet', 'reset', '--yes')).toMatchObject({ isRunning: true })
    const after = await manifest()
    expect(after.id).not.toBe(before.id)
    expect(after.accounts).toEqual(before.accounts)
    expect(after.services.map(({ endpoints }) => endpoints)).toEqual(before.services.map(({ endpoints }) => endpoints))
    await data('devnet', 'down')
    expect((await og('devnet', 'status')).exitCode).toBe(3)
    await sandbox.assertNoLeaks()
  })

  test('a daemon that was killed is seen as a crash, and the next up continues', async () => {
    await data('devnet', 'up')
    const before = await manifest()
    process.kill(before.live?.pid ?? 0, 'SIGKILL')
    await untilNoProcess(sandbox.mark)
    const { exitCode, body } = await runJson(['devnet', 'status'], options())
    expect([exitCode, (body.data as { status: string }).status]).toEqual([3, 'crashed'])
    expect(await failure('chain', 'accounts')).toEqual({ exitCode: 3, code: 'NOT_RUNNING' })
    expect(await data('devnet', 'up')).toMatchObject({ id: before.id, status: 'ready' })
    await data('devnet', 'down', '--all')
    await sandbox.assertNoLeaks()
  })
})

describe('in the foreground', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops a ready network, exit 0', async (signal) => {
    const up = startCli(['devnet', 'up'], options())
    await up.said('manifest ')
    up.child.kill(signal)
    expect((await up.ended).exitCode).toBe(0)
    await sandbox.assertNoLeaks()
  })

  test('kill -9 of the command takes the network with it', async () => {
    const up = startCli(['devnet', 'up'], options())
    await up.said('manifest ')
    up.child.kill('SIGKILL')
    await up.ended
    await sandbox.assertNoLeaks()
  })

  test('down from elsewhere ends the command', async () => {
    const up = startCli(['devnet', 'up'], options())
    await up.said('manifest ')
    await data('devnet', 'down')
    expect((await up.ended).exitCode).toBe(0)
    await sandbox.assertNoLeaks()
  })

  test('attach only watches', async () => {
    await data('devnet', 'up')
    const attached = startCli(['devnet', 'attach'], options())
    await attached.said('manifest ')
    attached.child.kill('SIGINT')
    expect((await attached.ended).exitCode).toBe(0)
    expect(await data('devnet', 'status')).toMatchObject({ status: 'ready' })
    await data('devnet', 'down')
    await sandbox.assertNoLeaks()
  })

  test.each([
    ['SIGINT', 'chain starting'],
    ['SIGINT', 'agent-oracle starting'],
    ['SIGINT', 'agent-oracle ready'],
    ['SIGINT', 'chain ready'],
    ['SIGTERM', 'storage-0 ready'],
    ['SIGHUP', 'storage-gateway ready'],
    ['SIGKILL', 'chain ready'],
  ] as const)('%s while starting, at "%s", leaves nothing', async (signal, moment) => {
    const up = startCli(['devnet', 'up'], options())
    await up.said(moment)
    up.child.kill(signal)
    await up.ended
    await sandbox.assertNoLeaks()
    expect(markedProcesses(sandbox.mark)).toEqual([])
  })

  test('Ctrl-C before the daemon said anything leaves nothing', async () => {
    const up = startCli(['devnet', 'up'], options())
    up.child.once('spawn', () => setImmediate(() => up.child.kill('SIGINT')))
    await up.ended
    await sandbox.assertNoLeaks()
  })
})

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rpc } from '../helpers/e2e-network.ts'
import { runCli, runJson, startCli, tempDir } from '../helpers/run-cli.ts'

type Ready = { data: { endpoints: { rpc: string }; dataDir: string } }

/** A node in `home` and where it listens, once it says so. */
async function startNode(home: string, ...args: string[]) {
  const node = startCli(['chain', 'node', '--output', 'ndjson', ...args], { cwd: home })
  await node.said('"type":"output"')
  const line = node.output.stdout.split('\n').find((text) => text.includes('"type":"output"')) ?? ''
  return { ...node, ready: (JSON.parse(line) as Ready).data }
}

/** Resolves when nobody listens at `url` any more. */
async function silence(url: string): Promise<void> {
  while (
    await rpc(url, 'eth_blockNumber').then(
      () => true,
      () => false,
    )
  );
}

test('runs the chain alone until Ctrl-C, and continues it the next time', async () => {
  const home = tempDir()
  const first = await startNode(home, '--data-dir', 'state', '--chain-id', '77')
  const url = first.ready.endpoints.rpc
  expect(new URL(url).hostname).toBe('127.0.0.1')
  expect(await rpc(url, 'eth_chainId')).toBe('0x4d')
  await rpc(url, 'hardhat_mine', ['0x5'])
  const head = await rpc<{ hash: string }>(url, 'eth_getBlockByNumber', ['latest', false])
  first.child.kill('SIGINT')
  expect((await first.ended).exitCode).toBe(0)
  expect(await readdir(join(home, 'state', 'services', 'chain'))).toContain('journal.bin')
  const port = new URL(url).port
  const again = await startNode(home, '--data-dir', 'state', '--chain-id', '77', '--port', port)
  expect(again.ready.endpoints.rpc).toBe(url)
  expect(await rpc(url, 'eth_getBlockByNumber', ['latest', false])).toEqual(head)
  const twice = await runJson(['chain', 'node', '--data-dir', 'state'], { cwd: home })
  expect(twice).toMatchObject({ exitCode: 3, body: { error: { code: 'STATE_LOCKED' } } })
  const taken = await runJson(['chain', 'node', '--data-dir', 'other', '--port', port], { cwd: home })
  expect(taken).toMatchObject({ exitCode: 6, body: { error: { code: 'PORT_IN_USE' } } })
  again.child.kill('SIGTERM')
  await again.ended
})

test('leaves no chain behind when it is killed', async () => {
  const home = tempDir()
  const node = await startNode(home)
  node.child.kill('SIGKILL')
  await node.ended
  await silence(node.ready.endpoints.rpc)
})

test.each([
  [['--hardfork', 'shanghai'], 'FLAG_INVALID'],
  [['--chain-id', '0'], 'FLAG_INVALID'],
  [['--fork', 'sepolia'], 'VALUE_INVALID'],
  [['--engine', 'geth'], 'FLAG_INVALID'],
])('refuses %j', async (flags, code) => {
  const { exitCode, body } = await runJson(['chain', 'node', ...flags])
  expect({ exitCode, code: body.error?.code }).toEqual({ exitCode: 2, code })
})

test('says what is missing for an engine that is not here, and that an upstream does not answer', async () => {
  const home = tempDir()
  const env = { PATH: home, OG_ANVIL: '' }
  const missing = await runJson(['chain', 'node', '--engine', 'anvil'], { cwd: home, env })
  expect(missing).toMatchObject({ exitCode: 2, body: { error: { code: 'CHAIN_ENGINE_MISSING' } } })
  const gone = await runJson(['chain', 'node', '--fork', 'http://127.0.0.1:9', '--data-dir', 'fork'], { cwd: home })
  expect(gone).toMatchObject({ exitCode: 6, body: { error: { code: 'FORK_UNREACHABLE' } } })
})

test('is what a devnet can be forked from: only the chain runs there, and status says so', async () => {
  const home = tempDir()
  const upstream = await startNode(home, '--data-dir', 'upstream', '--chain-id', '16602')
  const url = upstream.ready.endpoints.rpc
  await rpc(url, 'hardhat_mine', ['0x7'])
  const up = await runJson(['devnet', 'up', '--detach', '--fork', `${url}@5`], { cwd: home })
  try {
    const fork = { url, network: null, blockNumber: 5 }
    expect(up).toMatchObject({
      exitCode: 0,
      body: { data: { chain: { id: 16602, fork }, services: [{ name: 'chain' }] } },
    })
    const status = await runCli(['devnet', 'status'], { cwd: home })
    expect(status).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`fork of ${url} at block 5`) })
    const files = await runJson(['storage', 'ls'], { cwd: home })
    expect(files).toMatchObject({ exitCode: 4, body: { error: { code: 'NOT_FOUND' } } })
    const other = await runJson(['devnet', 'up', '--detach', '--restart', '--fork', `${url}@6`], { cwd: home })
    expect(other).toMatchObject({ exitCode: 3, body: { error: { code: 'SETTING_FIXED' } } })
    expect((await runJson(['devnet', 'status'], { cwd: home })).exitCode).toBe(0)
  } finally {
    await runCli(['devnet', 'down', '--rm'], { cwd: home })
    upstream.child.kill('SIGTERM')
    await upstream.ended
  }
})

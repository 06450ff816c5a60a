import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAlive, openWorkshop, pidsOf, rpc, type Workshop } from '../helpers/e2e-network.ts'

// One network, killed the hard way; everything it had acknowledged must still be there and must still be the same.
describe('a network that is killed', () => {
  let workshop: Workshop
  const content = randomBytes(700_001)
  let root: string
  let agentId: string
  let receiptId: string

  beforeAll(async () => {
    workshop = await openWorkshop()
    const { home, data } = workshop
    await writeFile(join(home, 'file.bin'), content)
    await mkdir(join(home, 'memory'))
    await writeFile(join(home, 'memory', 'notes.md'), 'Remember the milk.\n')
    await data(['devnet', 'up', '--detach'])
    root = (await data<{ root: string }>(['storage', 'put', 'file.bin'])).root
    await data(['chain', 'send', 'bob', '--value', '1.5'])
    receiptId = (await data<{ receipt: { id: string } }>(['compute', 'run', 'og-tiny', 'Hello', '--max-tokens', '4']))
      .receipt.id
    agentId = String(
      (await data<{ agentId: string }>(['agent', 'mint', '--name', 'a', '--model', 'og-tiny', '--memory', 'memory']))
        .agentId,
    )
  })
  afterAll(async () => {
    await workshop?.[Symbol.asyncDispose]()
  })

  async function chainState(url: string) {
    const height = Number(await rpc<string>(url, 'eth_blockNumber'))
    const blocks = await Promise.all(
      Array.from({ length: height + 1 }, (_, number) =>
        rpc<{ hash: string }>(url, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false]),
      ),
    )
    const { accounts } = await workshop.manifest()
    const nonces = await Promise.all(
      accounts.map(({ address }) => rpc<string>(url, 'eth_getTransactionCount', [address, 'latest'])),
    )
    const balances = await Promise.all(
      accounts.map(({ address }) => rpc<string>(url, 'eth_getBalance', [address, 'latest'])),
    )
    return { height, hashes: blocks.map(({ hash }) => hash), nonces, balances }
  }

  async function everythingIsThere() {
    await workshop.data(['storage', 'get', root, '-o', 'back.bin', '--force'])
    expect((await readFile(join(workshop.home, 'back.bin'))).equals(content)).toBe(true)
    for (const subject of [root, receiptId, `agent:${agentId}`]) {
      expect((await workshop.og(['verify', subject])).exitCode, subject).toBe(0)
    }
  }

  test('kill -9 of the daemon and every child loses nothing', async () => {
    const before = await workshop.manifest()
    const state = await chainState(before.chain.rpc)
    for (const pid of pidsOf(before)) process.kill(pid, 'SIGKILL')
    await workshop.data(['devnet', 'up', '--detach'])
    const after = await workshop.manifest()
    expect(after.id).toBe(before.id)
    expect(after.chain).toEqual(before.chain)
    expect(after.services.map(({ endpoints }) => endpoints)).toEqual(before.services.map(({ endpoints }) => endpoints))
    const again = await chainState(after.chain.rpc)
    // The provider may settle after its restart: history must be a prefix, not equal.
    expect(again.hashes.slice(0, state.height + 1)).toEqual(state.hashes)
    await everythingIsThere()
  })

  test('kill -9 of the daemon alone leaves no process', async () => {
    const { live, services } = await workshop.manifest()
    expect(live).not.toBeNull()
    process.kill((live as { pid: number }).pid, 'SIGKILL')
    await expect
      .poll(() => Promise.all(services.map(({ pid }) => isAlive(pid as number))), { timeout: 5000 })
      .toEqual(services.map(() => false))
    await workshop.data(['devnet', 'up', '--detach'])
    await everythingIsThere()
  })

  test('down and up keep blocks, files, receipts and agents', async () => {
    const { chain } = await workshop.manifest()
    const state = await chainState(chain.rpc)
    await workshop.data(['devnet', 'down'])
    expect((await workshop.manifest()).live).toBeNull()
    await workshop.data(['devnet', 'up', '--detach'])
    expect((await chainState(chain.rpc)).hashes.slice(0, state.height + 1)).toEqual(state.hashes)
    await everythingIsThere()
  })

  test.each([
    'chain',
    'storage-0',
    'storage-1',
    'storage-gateway',
    'storage-kv',
    'compute-1',
    'agent-oracle',
    'explorer',
  ])('kill -9 of %s: it is back on the same port with its data', async (name) => {
    const find = (manifest: Awaited<ReturnType<Workshop['manifest']>>) =>
      manifest.services.find((service) => service.name === name)
    const before = find(await workshop.manifest())
    process.kill(before?.pid as number, 'SIGKILL')
    const after = find(
      await workshop.manifestWhere((manifest) => {
        const service = find(manifest)
        return service?.status === 'ready' && service.pid !== before?.pid
      }),
    )
    expect(after?.endpoints).toEqual(before?.endpoints)
    await everythingIsThere()
  })
})

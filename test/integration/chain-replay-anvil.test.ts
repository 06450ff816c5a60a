import { expect, test } from 'vitest'
import { replay } from '../../src/client/chain/replay.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { waitForReceipt } from '../../src/client/chain/transaction.ts'
import { STORING, samples, sender } from '../helpers/block-samples.ts'
import { deploying } from '../helpers/evm-code.ts'
import { startAnvil } from '../helpers/start-anvil.ts'
import { CODES, CONTRACTS, testProfile } from '../helpers/test-chain.ts'

/**
 * A node nobody here wrote, which makes the system calls of its hardfork. Its transactions come out the same to the last gas. Its tries do not:
 * anvil 1.7.1 keeps empty accounts and zeros that a block removes, and puts the blobs of a transaction into the transactions root.
 */
test('anvil executes as the second EVM does, and keeps what a block removes', async () => {
  await using anvil = await startAnvil(['--hardfork', 'prague'])
  const { rpc } = anvil
  for (const [name, address] of Object.entries(CONTRACTS)) {
    await rpc.request('anvil_setCode', [address, CODES[name as keyof typeof CODES]])
  }
  await rpc.request('anvil_mine', ['0x1'])
  const send = await sender(rpc)
  const mined = async (hash: Hex) => await waitForReceipt(rpc, hash)
  const storage = (await mined(await send({ data: deploying(STORING) }))).contractAddress ?? '0x'
  const names = new Map<bigint, string>()
  for (const { name, tx } of await samples(storage)) {
    names.set(BigInt((await mined(await send(tx))).blockNumber), name)
  }

  const { blocks, proven } = await replay('3..', { profile: testProfile(anvil.url, '.'), keepEvidence: true })
  expect(blocks.map(({ number }) => number)).toEqual([...names.keys()])
  expect(proven).toBeGreaterThan(20)
  const different = blocks.filter(({ verdict }) => verdict !== 'true')
  const kept = different.filter(({ problem }) => /is kept$/.test(problem?.expected ?? ''))
  const others = different.filter((block) => !kept.includes(block))
  expect(kept.length).toBeGreaterThan(4)
  // A creation that failed leaves an empty account too, at an address that no execution wrote.
  expect(others.map(({ number }) => names.get(number))).toEqual(['an invalid opcode', 'a blob'])
  for (const { number, evidence } of blocks.slice(0, -1)) {
    const holds = (claim: string) => evidence.links.some((link) => link.claim === claim && link.verdict === 'true')
    expect(holds('the state before the block is proven'), names.get(number)).toBe(true)
    expect(holds('an independent EVM ends every transaction as its receipt says'), names.get(number)).toBe(true)
    expect(holds('it re-executes under the rules of prague'), names.get(number)).toBe(true)
  }
})

import * as AbiFunction from 'ox/AbiFunction'
import * as AbiParameters from 'ox/AbiParameters'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readContract, writeContract } from '../../src/client/chain/contract.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { feeWei, readPriceWei, readSubmissions, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { SUBMIT_TOPIC, submissionIdentity } from '../../src/protocol/storage/submission.ts'
import { vectorContent } from '../helpers/storage-network.ts'
import { accounts, startTestChain, type TestChain } from '../helpers/test-chain.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

const PRICE_WEI = 30_733_644_962n
const [deployer, alice] = accounts as [(typeof accounts)[0], (typeof accounts)[0]]
const address = DEVNET_ADDRESSES.Flow
const abi = contractAbi('Flow')

let chain: TestChain
const flow = () => ({ rpc: chain.rpc, address })
const fileOf = (content: Uint8Array) => {
  const { layout, nodes } = fileTreeOf(content)
  return { sizeBytes: layout.sizeBytes, nodes }
}
const encoded = ({ sizeBytes, nodes }: ReturnType<typeof fileOf>) => ({
  length: BigInt(sizeBytes),
  tags: '0x' as Hex,
  nodes: nodes.map(({ root, height }) => ({ root, height: BigInt(height) })),
})
const read = <T>(functionName: string, args: unknown[] = []) =>
  readContract<T>({ rpc: chain.rpc, address, abi, functionName, args })

/** Each describe has a chain of its own: roots depend on everything submitted before. */
function ownChain(): void {
  beforeAll(async () => {
    chain = await startTestChain({ genesisFile: genesisFilePath() })
  })
  afterAll(async () => {
    await chain[Symbol.asyncDispose]()
  })
}

describe('Flow', () => {
  ownChain()
  const files = [vectorContent(1), vectorContent(5, 1), vectorContent(257), vectorContent(300_000)]
  files.push(vectorContent(256, 1), vectorContent(262_145), vectorContent(1_048_576), Uint8Array.of(0x1f))
  files.push(vectorContent(5_242_881))

  test('places nine files and has the roots of the reference contract after each', async () => {
    expect(await read('tree')).toEqual([1n, 1n])
    for (const vector of vectors.flow) {
      const file = fileOf(files[vector.seq] as Uint8Array)
      const { submissions } = await submitFiles(flow(), [file], {
        wallet: alice,
        valueWei: feeWei([file], PRICE_WEI),
      })
      expect(submissions).toMatchObject([
        {
          txSeq: vector.seq,
          startEntryIndex: vector.start,
          sectors: vector.length,
          submitter: alice.address,
          identity: submissionIdentity(file.nodes),
          sizeBytes: file.sizeBytes,
          nodes: file.nodes,
        },
      ])
      expect(await read('getFlowRootByTxSeq', [BigInt(vector.seq)])).toBe(vector.root)
      expect((await read<bigint[]>('tree'))[0]).toBe(BigInt(vector.currentLength))
    }
    expect(await read('numSubmissions')).toBe(9n)
    expect(await readSubmissions(flow())).toHaveLength(9)
  })

  test('the fee goes to the reward contract, what was paid too much stays for the next submission', async () => {
    const reward = DEVNET_ADDRESSES.Reward
    const balance = async (of: Hex) => BigInt(await chain.rpc.request<Hex>('eth_getBalance', [of, 'latest']))
    const before = await balance(reward)
    const file = fileOf(vectorContent(1000, 3))
    const fee = feeWei([file], PRICE_WEI)
    await submitFiles(flow(), [file], { wallet: alice, valueWei: fee * 2n })
    expect(await balance(reward)).toBe(before + fee)
    expect(await balance(address)).toBe(fee)
    await submitFiles(flow(), [file], { wallet: alice, valueWei: 0n })
    expect(await balance(address)).toBe(0n)
  })

  test('too small a fee is refused with the price, the sectors and what was there', async () => {
    await expect(
      submitFiles(flow(), [fileOf(vectorContent(1))], { wallet: alice, valueWei: 0n }),
    ).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      details: {
        error: 'NotEnoughFee',
        data: `0xf85c6482${[PRICE_WEI, 1n, 0n].map((n) => n.toString(16).padStart(64, '0')).join('')}`,
      },
    })
  })

  test('a submission that is not the minimal padding of its length is refused', async () => {
    const { nodes } = fileOf(vectorContent(300_000))
    const [first, second] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
    const wrong = [
      { sizeBytes: 0, nodes },
      { sizeBytes: 300_000, nodes: [] },
      { sizeBytes: 1280 * 256 + 1, nodes },
      { sizeBytes: 1152 * 256, nodes },
      { sizeBytes: 300_000, nodes: [second, first] },
      { sizeBytes: 300_000, nodes: [first, { ...second, height: 6 }] },
    ]
    for (const file of wrong) {
      const sent = submitFiles(flow(), [file], { wallet: alice, valueWei: 10n ** 18n })
      await expect(sent).rejects.toThrow(/Invalid submission/)
    }
  })

  test('several files in one transaction', async () => {
    const batch = [fileOf(vectorContent(700, 1)), fileOf(vectorContent(300_000, 2))]
    const first = Number(await read<bigint>('submissionIndex'))
    const { submissions } = await submitFiles(flow(), batch, { wallet: alice, valueWei: feeWei(batch, PRICE_WEI) })
    expect(submissions.map(({ txSeq }) => txSeq)).toEqual([first, first + 1])
    expect(submissions.map(({ nodes }) => nodes)).toEqual(batch.map(({ nodes }) => nodes))
  })
})

describe('what older clients send', () => {
  ownChain()
  const data = {
    type: 'tuple',
    components: [
      { type: 'uint256', name: 'length' },
      { type: 'bytes', name: 'tags' },
      {
        type: 'tuple[]',
        name: 'nodes',
        components: [
          { type: 'bytes32', name: 'root' },
          { type: 'uint256', name: 'height' },
        ],
      },
    ],
  } as const

  async function send(selector: Hex, args: Hex, valueWei: bigint): Promise<{ logs: { topics: Hex[]; data: Hex }[] }> {
    const { sendTransaction } = await import('../../src/client/chain/transaction.ts')
    return await sendTransaction({
      rpc: chain.rpc,
      wallet: alice,
      to: address,
      data: `${selector}${args.slice(2)}`,
      valueWei,
    })
  }

  test('submit and batchSubmit without a submitter record the sender', async () => {
    const file = fileOf(vectorContent(300_000))
    const one = AbiParameters.encode([data], [encoded(file)])
    const single = await send('0xef3e12dc', one, feeWei([file], PRICE_WEI))
    const two = AbiParameters.encode([{ ...data, type: 'tuple[]' }], [[encoded(file), encoded(file)]])
    const batch = await send('0x9e62a38e', two, feeWei([file, file], PRICE_WEI))
    for (const { logs, count } of [
      { ...single, count: 1 },
      { ...batch, count: 2 },
    ]) {
      const submits = logs.filter(({ topics }) => topics[0] === SUBMIT_TOPIC)
      expect(submits).toHaveLength(count)
      for (const { topics } of submits) expect(topics[1]?.slice(-40)).toBe(alice.address.slice(2))
    }
  })
})

describe('administration and epochs', () => {
  ownChain()

  test('only the owner changes the price, and the next fee follows it', async () => {
    const market = { rpc: chain.rpc, address: DEVNET_ADDRESSES.Market, abi: contractAbi('Market') }
    const change = { ...market, functionName: 'setPricePerSector', args: [7n] }
    await expect(writeContract({ ...change, wallet: alice })).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      details: { error: 'AccessControlUnauthorizedAccount' },
    })
    await writeContract({ ...change, wallet: deployer })
    expect(await readPriceWei(flow())).toBe(7n)
    await submitFiles(flow(), [fileOf(vectorContent(257))], { wallet: alice, valueWei: 14n })
  })

  test('a paused flow takes nothing', async () => {
    const call = { rpc: chain.rpc, address, abi, wallet: deployer }
    await writeContract({ ...call, functionName: 'pause' })
    await expect(
      submitFiles(flow(), [fileOf(vectorContent(1))], { wallet: alice, valueWei: 7n }),
    ).rejects.toMatchObject({
      details: { error: 'EnforcedPause' },
    })
    await writeContract({ ...call, functionName: 'unpause' })
  })

  test('an epoch opens when its last block has passed, before the submission that notices', async () => {
    type Context = {
      epoch: bigint
      mineStart: bigint
      flowRoot: Hex
      flowLength: bigint
      blockDigest: Hex
      digest: Hex
    }
    const before = await read<Context>('getContext')
    expect(before).toMatchObject({ epoch: 0n, mineStart: 0n, flowLength: 1n })
    const [firstBlock, blocksPerEpoch] = [await read<bigint>('firstBlock'), await read<bigint>('blocksPerEpoch')]
    const start = firstBlock + blocksPerEpoch
    const height = BigInt(await chain.rpc.request<Hex>('eth_blockNumber'))
    await chain.rpc.request('hardhat_mine', [`0x${(start - height).toString(16)}`])
    const length = (await read<bigint[]>('tree'))[0]
    await submitFiles(flow(), [fileOf(vectorContent(2))], { wallet: alice, valueWei: 7n })
    const context = await read<Context>('getContext')
    const block = await chain.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', [`0x${start.toString(16)}`, false])
    expect(context).toMatchObject({ epoch: 1n, mineStart: start, flowLength: length, blockDigest: block.hash })
    const range = await read<{ start: bigint; end: bigint }>('getEpochRange', [context.digest])
    expect(range).toMatchObject({ start: 0n, end: length })
  })
})

test('selectors and the event are those of the published contracts', () => {
  const selectors = new Set(
    [...abi, ...contractAbi('Market'), ...contractAbi('Reward')]
      .filter((item) => item.type === 'function')
      .map((item) => AbiFunction.getSelector(item as AbiFunction.AbiFunction)),
  )
  const published =
    '0x49aa3395 0xf0682054 0x1deb0fca 0x9bbbfdbb 0x900cf0cf 0x93e405a0 0x231b0268 0x127f0f07 0x7d590708 0x4282b532 0x6d7ad0fc 0xcd6dc687 0x38d45e10 0x18a641ef 0xb464b53e 0x80f55605 0x77e19824 0x8456cb59 0x5c975abb 0xe63ab1e9 0x31bae174 0xc7dd5221 0xebdec6d3 0xb8a409ac 0xbc8c11f8 0xfd54b228 0x3f4ba83a 0xef3e12dc 0x9e62a38e 0xda6eb36a 0x343aad82 0xb4988fd0 0xb15d20da 0x61ec5082 0x228cb733 0x14aa90a1 0x59e96700 0xb3b30c1a 0xf301af42'
  expect(published.split(' ').filter((selector) => !selectors.has(selector as Hex))).toEqual([])
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeContract } from '../../src/client/chain/contract.ts'
import { type ReplayResult, replay } from '../../src/client/chain/replay.ts'
import type { Hex, RpcClient } from '../../src/client/chain/rpc.ts'
import { sendTransaction } from '../../src/client/chain/transaction.ts'
import { verifyTx } from '../../src/client/chain/verify-tx.ts'
import { readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import type { EvidenceLink } from '../../src/client/verify/evidence.ts'
import { contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { type Sample, STORING, samples, sender, word } from '../helpers/block-samples.ts'
import { callingPrecompile, deploying, evmCode, join } from '../helpers/evm-code.ts'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/**
 * Blocks made by EDR (Rust) are executed again by ethereumjs (TypeScript) from proven state. That they agree about every kind of transaction
 * is the evidence that a disagreement means something.
 */
const [, alice, bob, , dave] = accounts

type Receipt = { status: Hex; blockNumber: Hex; contractAddress: Hex | null }

/** Everything of a replay that is not proven, as text: empty when all is well. */
const problems = ({ blocks }: ReplayResult) =>
  blocks.flatMap(({ number, evidence }) =>
    evidence.links
      .filter(({ verdict }) => verdict !== 'true')
      .map((link) => `block ${number}: ${JSON.stringify(link)}`),
  )

const claims = (links: EvidenceLink[], verdict: EvidenceLink['verdict']) =>
  links.filter((link) => link.verdict === verdict).map(({ claim }) => claim)

const LINK = 'it follows its parent'

/** A node that lacks some methods, as many public ones do. */
function without(chain: TestChain, missing: (method: string, params: unknown[]) => boolean): RpcClient {
  return {
    url: chain.url,
    request: (method, params = []) => chain.rpc.request(missing(method, params) ? `no_${method}` : method, params),
  }
}

describe('every kind of transaction', () => {
  let chain: TestChain
  let storage: Hex
  let sent: (Sample & { hash: Hex; receipt: Receipt })[]

  beforeAll(async () => {
    chain = await startTestChain()
    const send = await sender(chain.rpc)
    const receiptOf = async (hash: Hex) => await chain.rpc.request<Receipt>('eth_getTransactionReceipt', [hash])
    storage = (await receiptOf(await send({ data: deploying(STORING) }))).contractAddress ?? '0x'
    sent = []
    for (const sample of await samples(storage)) {
      const hash = await send(sample.tx)
      sent.push({ ...sample, hash, receipt: await receiptOf(hash) })
    }
  })
  afterAll(async () => {
    await chain[Symbol.asyncDispose]()
  })

  test('was made and ended as it should', () => {
    for (const { name, receipt, status = 1 } of sent) expect(Number(receipt.status), name).toBe(status)
    expect(sent.length).toBeGreaterThan(45)
  })

  test('replays to the same status, gas, logs and state root, in one block each', async () => {
    const result = await replay('0..', { profile: chain.profile })
    expect(problems(result)).toEqual([])
    expect(result).toMatchObject({ verdict: 'true', replayed: sent.length + 2, proven: sent.length + 2 })
    expect(result.transactions).toBe(sent.length + 1)
  })

  test('replays from the middle too, by number, hash, tag and transaction', async () => {
    const middle = sent[Math.floor(sent.length / 2)]
    const head = await chain.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', ['latest', false])
    for (const range of [Number(middle?.receipt.blockNumber).toString(), 'latest', head.hash, middle?.hash ?? '']) {
      const result = await replay(range, { profile: chain.profile, keepEvidence: true })
      expect(problems(result)).toEqual([])
      expect(result).toMatchObject({ verdict: 'true', replayed: 1, from: result.to })
      expect(claims(result.blocks[0]?.evidence.links ?? [], 'true')).toContain(
        'the state after the block has the root of its header',
      )
    }
  })

  test('replays when many share a block, whatever they do to each other', async () => {
    const { rpc, profile } = chain
    await rpc.request('evm_setAutomine', [false])
    const send = await sender(rpc)
    const again = (await samples(storage)).filter(({ tx }) => !['eip7702', 'eip4844'].includes(String(tx['type'])))
    const hashes: Hex[] = []
    for (const { tx } of again) hashes.push(await send({ ...tx, gas: tx['gas'] ?? 1_000_000n }))
    await rpc.request('evm_mine')
    await rpc.request('evm_setAutomine', [true])
    const result = await replay('latest', { profile, keepEvidence: true })
    expect(problems(result)).toEqual([])
    expect(result.transactions).toBe(again.length)
    for (const at of [0, again.length - 1]) {
      const evidence = await verifyTx(hashes[at] ?? '0x', { profile })
      expect(evidence.links.filter(({ verdict }) => verdict !== 'true')).toEqual([])
    }
  })

  test('is compared field by field when one is verified', async () => {
    const creation = sent.find(({ name }) => name === 'a contract creation')
    const { links, verdict } = await verifyTx(creation?.hash ?? '0x', { profile: chain.profile })
    expect(verdict).toBe('true')
    const compared = links.filter(({ expected, actual }) => expected !== undefined && expected === actual)
    for (const what of [
      'status',
      'gas used',
      'logs',
      'created address',
      'gas price',
      "node's tracer",
      'state before',
      'state after',
    ]) {
      expect(compared.map(({ claim }) => claim).join('\n')).toContain(what)
    }
  })

  test('blocks mined by the thousand replay, and so does what follows them', async () => {
    const { rpc, profile } = chain
    const head = Number(await rpc.request<Hex>('eth_blockNumber'))
    await rpc.request('hardhat_mine', ['0x3e8', '0x3c'])
    await (await sender(rpc))({ to: CONTRACTS.counting })
    const { blocks, replayed } = await replay(`${head + 1}..${head + 10}`, { profile, keepEvidence: true })
    expect(replayed).toBe(10)
    const links = blocks.flatMap(({ evidence }) => evidence.links)
    expect(claims(links, 'false')).toEqual([])
    // EDR makes such blocks when they are asked for: whether one is linked depends on who asked before.
    expect(new Set([...claims(links, 'unchecked'), LINK])).toEqual(new Set([LINK]))
    expect(problems(await replay('latest', { profile }))).toEqual([])
  })
})

describe("0G's own contracts", () => {
  test('Flow.submit, a ledger deposit and a mint replay like any other transaction', async () => {
    await using chain = await startTestChain({ genesisFile: genesisFilePath() })
    const { rpc, profile } = chain
    if (!alice || !bob) return
    const flow = { rpc, address: DEVNET_ADDRESSES.Flow }
    const nodes = [{ root: `0x${'ab'.repeat(32)}` as Hex, height: 0 }]
    const valueWei = (await readPriceWei(flow)) * 256n
    await submitFiles(flow, [{ sizeBytes: 200, nodes }], { wallet: alice, valueWei })
    const ledger = { rpc, address: DEVNET_ADDRESSES.LedgerManager, abi: contractAbi('LedgerManager') }
    await writeContract({
      ...ledger,
      wallet: bob,
      functionName: 'addLedger',
      args: ['replayed'],
      value: 3n * 10n ** 18n,
    })
    await writeContract({ ...ledger, wallet: bob, functionName: 'depositFund', value: 10n ** 18n })
    const agents = { rpc, address: DEVNET_ADDRESSES.AgentNFT, abi: contractAbi('AgentNFT') }
    const data = { dataDescription: 'memory', dataHash: `0x${'11'.repeat(32)}` as Hex }
    const minted = await writeContract({
      ...agents,
      wallet: alice,
      functionName: 'mint',
      args: [[data], alice.address],
    })
    const result = await replay('0..', { profile })
    expect(problems(result)).toEqual([])
    expect(result).toMatchObject({ verdict: 'true', replayed: 5 })
    expect(await verifyTx(minted.transactionHash, { profile })).toMatchObject({ verdict: 'true' })
  })
})

describe('what a devnet can do and no chain should', () => {
  test('state that was set by hand is found: no block commits to it, and what ran on it is still checked', async () => {
    await using chain = await startTestChain()
    const { rpc, profile } = chain
    if (!alice || !dave) return
    await sendTransaction({ rpc, wallet: alice, to: CONTRACTS.counting })
    await rpc.request('hardhat_setBalance', [dave.address, '0xde0b6b3a7640000'])
    const { transactionHash } = await sendTransaction({ rpc, wallet: alice, to: CONTRACTS.counting })
    const { links, verdict } = await verifyTx(transactionHash, { profile })
    expect(verdict).toBe('false')
    expect(claims(links, 'false')).toEqual(['the state before the block is proven'])
    expect(links.find((link) => link.verdict === 'false')?.note).toContain('hardhat_setBalance')
    const result = await replay('1..2', { profile })
    expect(result).toMatchObject({ verdict: 'false', proven: 1, replayed: 2 })
    expect(result.blocks.map(({ number }) => number)).toEqual([2n])
  })

  test('an impersonated contract may not send, says the other EVM', async () => {
    await using chain = await startTestChain()
    const { rpc, profile } = chain
    await rpc.request('hardhat_impersonateAccount', [CONTRACTS.counting])
    await rpc.request('hardhat_setBalance', [CONTRACTS.counting, '0xde0b6b3a7640000'])
    await rpc.request('eth_sendTransaction', [{ from: CONTRACTS.counting, to: bob?.address, gas: '0x5208' }])
    const { blocks } = await replay('latest', { profile })
    const wrong = blocks[0]?.evidence.links.filter(({ verdict }) => verdict === 'false') ?? []
    expect(wrong.map(({ claim }) => claim)).toEqual([
      'every transaction of the block was signed by its sender',
      'the state before the block is proven',
      'an independent EVM accepts every transaction of the block',
    ])
    expect(wrong.at(-1)?.actual).toContain('EIP-3607')
  })
})

describe('a chain that began again from a checkpoint', () => {
  test('replays whole; hashes that its engine shows contracts for earlier blocks are compared with the headers', async () => {
    await using first = await startTestChain({ segmentRequests: 10 })
    const code = [1, 2, 15].map((back, slot) => evmCode(back, 'NUMBER', 'SUB', 'BLOCKHASH', slot, 'SSTORE'))
    const asking = { data: join(...code) }
    const work = async ({ rpc }: TestChain, count: number) => {
      const send = await sender(rpc)
      for (let at = 0; at < count; at++) await send(at % 3 === 0 ? asking : { to: CONTRACTS.counting })
    }
    await work(first, 34)
    expect(problems(await replay('0..', { profile: first.profile }))).toEqual([])
    await using later = await first.restart()
    await work(later, 4)
    const { blocks, replayed } = await replay('0..', { profile: later.profile, keepEvidence: true })
    expect(replayed).toBe(39)
    const links = blocks.flatMap(({ evidence }) => evidence.links)
    expect(claims(links, 'false')).toEqual([])
    const hashes = 'the hashes of earlier blocks it asks for are those of their headers'
    expect(claims(links, 'true')).toContain(hashes)
    expect(new Set([...claims(links, 'unchecked'), hashes])).toEqual(new Set([hashes]))
  })
})

describe('other rules and other nodes', () => {
  test.each(['shanghai', 'cancun', 'osaka'])('a chain of %s replays under the rules found for it', async (hardfork) => {
    await using chain = await startTestChain({ hardfork })
    const { rpc, profile } = chain
    if (!alice) return
    await sendTransaction({ rpc, wallet: alice, data: deploying(STORING) })
    await sendTransaction({ rpc, wallet: alice, to: CONTRACTS.logging, gas: 100_000n })
    // MODEXP costs more from Osaka on, which no header shows.
    const modexp = callingPrecompile(5, `0x${word(32)}${word(32)}${word(32)}${'ff'.repeat(96)}`, 32)
    await sendTransaction({ rpc, wallet: alice, data: modexp, gas: 500_000n })
    const result = await replay('0..', { profile })
    expect(problems(result)).toEqual([])
  })

  test('insisting on the wrong rules shows the difference', async () => {
    await using chain = await startTestChain()
    const { rpc, profile } = chain
    if (!alice) return
    await sendTransaction({ rpc, wallet: alice, data: deploying(STORING) })
    const result = await replay('latest', { profile, hardfork: 'london' })
    expect(result.verdict).toBe('false')
    expect(await replay('latest', { profile, hardfork: 'prague' })).toMatchObject({ verdict: 'true' })
  })

  test('what a node does not give is said, and nothing is claimed without it', async () => {
    await using chain = await startTestChain()
    const { profile } = chain
    if (!alice) return
    const { transactionHash: hash } = await sendTransaction({ rpc: chain.rpc, wallet: alice, to: CONTRACTS.counting })
    const noProofs = without(chain, (method) => method === 'eth_getProof')
    const unproven = await verifyTx(hash, { profile, rpc: noProofs })
    expect(unproven.verdict).toBe('unchecked')
    expect(claims(unproven.links, 'unchecked')).toEqual(['the block re-executes from proven state'])
    expect(unproven.links.at(-1)?.note).toContain('gives no proof')
    // A pruned node proves only its latest state.
    const pruned = without(chain, (method, params) => method === 'eth_getProof' && params[2] === '0x0')
    expect(await replay('1', { profile, rpc: pruned })).toMatchObject({ verdict: 'unchecked', proven: 0 })
    // Without a tracer there is no returned data to compare, and all that the chain commits to is proven all the same.
    const noTraces = await verifyTx(hash, { profile, rpc: without(chain, (method) => method.startsWith('debug_')) })
    expect(noTraces.verdict).toBe('true')
    expect(claims(noTraces.links, 'true').join()).not.toContain('tracer')
    const noReceipts = without(chain, (method) => /Receipts?$/.test(method))
    const withoutReceipts = await verifyTx(hash, { profile, rpc: noReceipts }).catch((error) => error)
    expect(withoutReceipts).toMatchObject({ code: 'RPC_ERROR' })
  })

  test('ranges that make no sense and blocks that are not there', async () => {
    await using chain = await startTestChain()
    const { profile } = chain
    await chain.rpc.request('evm_mine')
    for (const range of ['1..0', '1..2..3', 'soon', '-1', '0x']) {
      await expect(replay(range, { profile }), range).rejects.toMatchObject({ code: 'VALUE_INVALID' })
    }
    for (const range of ['99', `0x${'12'.repeat(32)}`, '0..99']) {
      await expect(replay(range, { profile }), range).rejects.toMatchObject({ code: 'NOT_ON_CHAIN' })
    }
    expect(await replay('..', { profile })).toMatchObject({ from: 0n, to: 1n, verdict: 'true' })
  })
})

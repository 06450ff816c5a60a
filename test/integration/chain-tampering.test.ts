import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replay } from '../../src/client/chain/replay.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { verifyTx } from '../../src/client/chain/verify-tx.ts'
import type { EvidenceLink } from '../../src/client/verify/evidence.ts'
import type { RpcProof } from '../../src/protocol/chain/account-proof.ts'
import { alice, carol, STORING, sender, word } from '../helpers/block-samples.ts'
import { deploying, evmCode } from '../helpers/evm-code.ts'
import { type Forgery, forgeBlock } from '../helpers/forged-block.ts'
import { startTamperingNode, type Tamper } from '../helpers/tampering-node.ts'
import { CONTRACTS, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/**
 * A node that lies. First about one field of one answer, which its own hashes give away; then consistently, with every hash and root made to fit,
 * which only execution gives away. Every lie must be found, by the link that is about it.
 */
let chain: TestChain
let storage: Hex
let hash: Hex
let height: number

beforeAll(async () => {
  chain = await startTestChain()
  const { rpc } = chain
  const send = await sender(rpc)
  const created = await send({ data: deploying(STORING) })
  storage = (await rpc.request<{ contractAddress: Hex }>('eth_getTransactionReceipt', [created])).contractAddress
  await send({ to: storage, data: `0x${word(7)}${word(1)}` })
  // The block under test: a transfer, a log, and a creation that reads a balance, a slot through a call, and a block hash.
  await rpc.request('evm_setAutomine', [false])
  await send({ to: carol.address, value: 123n, gas: 21_000n })
  await send({ to: CONTRACTS.logging, gas: 60_000n })
  hash = await send({
    to: storage,
    data: `0x${word(8)}${word(1)}`,
    gas: 100_000n,
  })
  await send({
    data: evmCode(carol.address, 'BALANCE', 1, 'NUMBER', 'SUB', 'BLOCKHASH', 0, 'SSTORE', 1, 'SSTORE'),
    gas: 200_000n,
  })
  await rpc.request('evm_mine')
  height = Number(await rpc.request<Hex>('eth_blockNumber'))
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

/** What a verification through a lying node finds. */
async function found(
  tamper: Tamper,
): Promise<{ verdict: string; links: EvidenceLink[]; wrong: EvidenceLink | undefined }> {
  await using node = await startTamperingNode(chain.url, tamper)
  const { verdict, links } = await verifyTx(hash, { profile: { ...chain.profile, rpc: node.url } })
  return { verdict, links, wrong: links.find((link) => link.verdict === 'false') }
}

/** Changes the answer of one method, a copy of it. */
const changing =
  <T>(method: string, change: (result: T, params: readonly unknown[]) => void): Tamper =>
  (asked, result, params) => {
    if (asked !== method) return result
    const copy = structuredClone(result) as T
    change(copy, params)
    return copy
  }

const flip = (hex: Hex): Hex => `${hex.slice(0, -1)}${hex.endsWith('7') ? '8' : '7'}` as Hex

test('an honest node passes', async () => {
  expect(await found((_, result) => result)).toMatchObject({ verdict: 'true', wrong: undefined })
})

describe('one field of one answer', () => {
  const ofAccount = (address: () => Hex, change: (proof: RpcProof) => void) =>
    changing<RpcProof>('eth_getProof', (proof, [asked]) => {
      if (String(asked).toLowerCase() === address().toLowerCase()) change(proof)
    })
  const proofs: [what: string, tamper: Tamper, reason: string][] = [
    [
      'a balance',
      ofAccount(
        () => alice.address,
        (proof) => Object.assign(proof, { balance: '0x1' }),
      ),
      'the balance',
    ],
    [
      'a nonce',
      ofAccount(
        () => alice.address,
        (proof) => Object.assign(proof, { nonce: '0x63' }),
      ),
      'the nonce',
    ],
    [
      'a code hash',
      ofAccount(
        () => storage,
        (proof) => Object.assign(proof, { codeHash: flip(proof.codeHash) }),
      ),
      'the code hash',
    ],
    [
      'a storage root',
      ofAccount(
        () => storage,
        (proof) => Object.assign(proof, { storageHash: flip(proof.storageHash) }),
      ),
      'the storage root',
    ],
    [
      'a slot',
      ofAccount(
        () => storage,
        (proof) =>
          Object.assign(proof, { storageProof: proof.storageProof.map((entry) => ({ ...entry, value: '0x63' })) }),
      ),
      `slot 0x${word(1)}`,
    ],
    [
      'a node of a storage proof',
      ofAccount(
        () => storage,
        (proof) =>
          Object.assign(proof, {
            storageProof: proof.storageProof.map((entry) => ({ ...entry, proof: entry.proof.map(flip) })),
          }),
      ),
      'no node hashes to',
    ],
    [
      'a missing node',
      ofAccount(
        () => storage,
        (proof) => Object.assign(proof, { accountProof: proof.accountProof.slice(0, -1) }),
      ),
      'no node hashes to',
    ],
    [
      'the last node of an account proof',
      ofAccount(
        () => storage,
        (proof) =>
          Object.assign(proof, {
            accountProof: proof.accountProof.map((node, at) =>
              at === proof.accountProof.length - 1 ? flip(node) : node,
            ),
          }),
      ),
      'no node hashes to',
    ],
    [
      'a node that is no node',
      ofAccount(
        () => storage,
        (proof) => Object.assign(proof, { accountProof: ['0xzz'] }),
      ),
      'not hexadecimal',
    ],
    [
      'no proof at all',
      ofAccount(
        () => storage,
        (proof) => Object.assign(proof, { accountProof: null }),
      ),
      '',
    ],
  ]
  test.each(proofs)('of the state: %s', async (_what, tamper, reason) => {
    const { verdict, wrong } = await found(tamper)
    expect(verdict).toBe('false')
    expect(wrong?.claim).toBe('the state before the block is proven')
    expect(wrong?.actual).toBeDefined()
    expect(JSON.stringify(wrong)).toContain(reason)
  })

  test('of the state: a code, other than the one whose hash is proven', async () => {
    const { verdict, wrong } = await found((method, result) => (method === 'eth_getCode' ? '0x6001' : result))
    expect(verdict).toBe('false')
    expect(wrong).toMatchObject({ claim: 'the state before the block is proven' })
    expect(JSON.stringify(wrong)).toContain('code hash')
  })

  test('of the state: which state it is', async () => {
    // The state after the block is as well proven, and is not the one that the block began with.
    const at = `0x${height.toString(16)}`
    const coinbase = '0xc014ba5ec014ba5ec014ba5ec014ba5ec014ba5e'
    const later = await chain.rpc.request('eth_getProof', [coinbase, [], at])
    const { verdict, wrong } = await found((method, result, [address]) =>
      method === 'eth_getProof' && address === coinbase ? later : result,
    )
    expect(verdict).toBe('false')
    expect(wrong?.claim).toBe('the state before the block is proven')
  })

  const answers: [what: string, tamper: Tamper, claim: string][] = [
    [
      'the value of the transaction',
      changing<{ value: Hex }>('eth_getTransactionByHash', (tx) => Object.assign(tx, { value: '0x1' })),
      'the transaction hash is the hash of its signed bytes',
    ],
    [
      'the value of another transaction',
      changing<{ transactions: object[] }>('eth_getBlockByHash', ({ transactions: [first] }) =>
        Object.assign(first ?? {}, { value: '0x1' }),
      ),
      'all transactions of the block give its transactions root',
    ],
    [
      'the state root',
      changing<{ stateRoot: Hex }>('eth_getBlockByHash', (block) =>
        Object.assign(block, { stateRoot: flip(block.stateRoot) }),
      ),
      'the block hash is the hash of its header',
    ],
    [
      'the base fee',
      changing<object>('eth_getBlockByHash', (block) => Object.assign(block, { baseFeePerGas: '0x1' })),
      'the block hash is the hash of its header',
    ],
    [
      'the status of a receipt',
      changing<object[]>('eth_getBlockReceipts', ([first]) => Object.assign(first ?? {}, { status: '0x0' })),
      'all receipts of the block give its receipts root',
    ],
    [
      'the gas of a receipt',
      changing<object[]>('eth_getBlockReceipts', ([first]) => Object.assign(first ?? {}, { gasUsed: '0x1' })),
      'an independent EVM ends the other transactions of the block as their receipts say',
    ],
    [
      'the data of a log',
      changing<{ logs: object[] }[]>('eth_getBlockReceipts', (receipts) =>
        Object.assign(receipts[1]?.logs[0] ?? {}, { data: '0x01' }),
      ),
      'all receipts of the block give its receipts root',
    ],
    [
      'the price that was paid',
      changing<object[]>('eth_getBlockReceipts', (receipts) =>
        Object.assign(receipts[2] ?? {}, { effectiveGasPrice: '0x1' }),
      ),
      'an independent EVM gives the same gas price',
    ],
    [
      'the returned data',
      changing<object>('debug_traceTransaction', (trace) => Object.assign(trace, { output: '0x63' })),
      "an independent EVM returns what the node's tracer shows",
    ],
    [
      'the parent',
      changing<{ number: Hex; stateRoot: Hex }>('eth_getBlockByNumber', (block) => {
        if (Number(block.number) === height - 1) block.stateRoot = flip(block.stateRoot)
      }),
      'it follows its parent',
    ],
  ]
  test.each(answers)('of the block: %s', async (_what, tamper, claim) => {
    const { verdict, links } = await found(tamper)
    expect(verdict).toBe('false')
    expect(links.filter((link) => link.verdict === 'false').map((link) => link.claim)).toContain(claim)
  })
})

describe('lies whose hashes all fit', () => {
  const verifyForged = async (change: (forgery: Forgery) => void) => {
    const { tamper, forged } = await forgeBlock(chain.rpc, height, change)
    await using node = await startTamperingNode(chain.url, tamper)
    const profile = { ...chain.profile, rpc: node.url }
    const victim = forged.block.transactions[2]?.hash ?? '0x'
    const [{ links, verdict }, replayed] = [
      await verifyTx(victim, { profile }),
      await replay(String(height), { profile }),
    ]
    return { links, verdict, replayed, wrong: links.filter((link) => link.verdict === 'false') }
  }

  test('nothing changed is no lie', async () => {
    expect(await verifyForged(() => {})).toMatchObject({ verdict: 'true', replayed: { verdict: 'true' } })
  })

  const lies: [what: string, change: (forgery: Forgery) => void, claim: string][] = [
    [
      'it used more gas',
      ({ receipts }) => Object.assign(receipts[2] ?? {}, { gasUsed: '0x9999' }),
      'an independent EVM gives the same gas used',
    ],
    [
      'it failed',
      ({ receipts }) => Object.assign(receipts[2] ?? {}, { status: '0x0' }),
      'an independent EVM gives the same status',
    ],
    [
      'it logged something',
      ({ receipts }) => receipts[2]?.logs.push({ address: storage, topics: [], data: '0x01' }),
      'an independent EVM gives the same logs',
    ],
    [
      'another one logged something else',
      ({ receipts }) => Object.assign(receipts[1]?.logs[0] ?? {}, { data: '0x01' }),
      'an independent EVM ends the other transactions of the block as their receipts say',
    ],
    [
      'the state after it is another',
      ({ block }) => Object.assign(block, { stateRoot: flip(block.stateRoot) }),
      'the state after the block has the root of its header',
    ],
    [
      'somebody else was paid for the block',
      ({ block }) => Object.assign(block, { miner: carol.address.toLowerCase() }),
      'the state after the block has the root of its header',
    ],
    [
      'the base fee was another',
      ({ block }) => Object.assign(block, { baseFeePerGas: '0x7' }),
      'the state after the block has the root of its header',
    ],
    [
      'the transfer was of another amount',
      ({ block }) => Object.assign(block.transactions[0] ?? {}, { value: '0x7b7b' }),
      'the state after the block has the root of its header',
    ],
    [
      'a transaction was left out',
      ({ block, receipts }) => {
        block.transactions.pop()
        receipts.pop()
      },
      'the state after the block has the root of its header',
    ],
  ]
  test.each(lies)('%s', async (_what, change, claim) => {
    const { verdict, wrong, replayed } = await verifyForged(change)
    expect(verdict).toBe('false')
    expect(wrong.map((link) => link.claim)).toContain(claim)
    expect(replayed).toMatchObject({ verdict: 'false', proven: 0 })
    expect(replayed.blocks[0]?.problem?.verdict).toBe('false')
  })

  test('the transaction before it never paid: a nonce too far', async () => {
    const { verdict, wrong } = await verifyForged(({ block, receipts }) => {
      block.transactions.shift()
      receipts.shift()
      block.transactions.push(...structuredClone(block.transactions.slice(0, 1)))
      receipts.push(...structuredClone(receipts.slice(0, 1)))
    })
    expect(verdict).toBe('false')
    expect(wrong.map((link) => link.claim)).toContain('an independent EVM accepts every transaction of the block')
    expect(wrong.at(-1)?.actual).toContain('nonce')
  })

  test('a state that differs is named by account and field', async () => {
    const { tamper } = await forgeBlock(chain.rpc, height, ({ receipts }) =>
      Object.assign(receipts[0] ?? {}, { gasUsed: '0x5555' }),
    )
    await using node = await startTamperingNode(chain.url, tamper)
    const { blocks } = await replay(String(height), { profile: { ...chain.profile, rpc: node.url } })
    const wrong = blocks[0]?.evidence.links.filter((link) => link.verdict === 'false') ?? []
    expect(wrong).toMatchObject([{ expected: '21845', actual: '21000' }])
    expect(wrong[0]?.note).toContain('transaction 0')
    expect(wrong[0]?.note).toContain('gas used')
  })
})

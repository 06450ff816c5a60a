import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../../../test/helpers/test-chain.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import type { Hex, RpcClient } from './rpc.ts'
import { sendTransaction, signEip1559 } from './transaction.ts'
import { verifyTx } from './verify-tx.ts'

/**
 * The blocks are made by an engine in another language, so that agreement of hashes and roots is a check of the code under test;
 * then a node that lies about one thing at a time must be found out.
 */
let chain: TestChain
let hash: Hex
let blockNumber: Hex
const alice = accounts[1]
const bob = accounts[2]

beforeAll(async () => {
  chain = await startTestChain()
  if (!alice || !bob) return
  const { rpc } = chain
  await rpc.request('evm_setAutomine', [false])
  // 130 transactions: indexes beyond 127 have two-byte keys in the trie
  const fields = { chainId: 31337, gas: 60_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n }
  for (let nonce = 0n; nonce < 128n; nonce++) {
    const to = [CONTRACTS.logging, CONTRACTS.counting, CONTRACTS.reverting, bob.address][Number(nonce % 4n)] ?? '0x'
    await rpc.request('eth_sendRawTransaction', [signEip1559(alice, { ...fields, nonce, to, valueWei: 0n })])
  }
  const legacy = { from: bob.address, to: CONTRACTS.logging, gas: '0x10000' }
  await rpc.request('eth_sendTransaction', [{ ...legacy, gasPrice: '0x77359400' }])
  const accessList = [{ address: CONTRACTS.counting, storageKeys: [`0x${'0'.repeat(64)}`] }]
  hash = await rpc.request('eth_sendTransaction', [{ ...legacy, gasPrice: '0x77359400', accessList }])
  await rpc.request('evm_mine')
  await rpc.request('evm_setAutomine', [true])
  const receipt = await rpc.request<{ blockNumber: Hex }>('eth_getTransactionReceipt', [hash])
  blockNumber = receipt.blockNumber
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

/** A node whose answers to one method are changed on the way. */
function lying(method: string, change: (result: never) => void): RpcClient {
  return {
    url: chain.url,
    async request<T>(asked: string, params?: unknown[]): Promise<T> {
      const result = await chain.rpc.request<T>(asked, params)
      if (asked === method) change(result as never)
      return result
    },
  }
}

const verify = (rpc: RpcClient = chain.rpc, subject = hash) => verifyTx(subject, { profile: chain.profile, rpc })
const wrong = (links: EvidenceLink[]) => links.filter(({ verdict }) => verdict === 'false').length

type Block = { transactions: { hash: Hex; value: Hex }[] } & Record<string, Hex>
type Receipts = { status: Hex; cumulativeGasUsed: Hex; logs: { data: Hex; topics: Hex[] }[] }[]

describe('an honest node', () => {
  test('every transaction of a block of 130 of three types is proven', async () => {
    const block = await chain.rpc.request<{ transactions: Hex[] }>('eth_getBlockByNumber', [blockNumber, false])
    expect(block.transactions).toHaveLength(130)
    for (const at of [0, 1, 2, 127, 128, 129]) {
      const evidence = await verify(chain.rpc, block.transactions[at])
      expect(evidence.links.filter(({ verdict }) => verdict !== 'true')).toEqual([])
      expect(evidence).toMatchObject({ verdict: 'true', kind: 'tx', subject: block.transactions[at] })
    }
  })

  test('the first block, a lone transaction and a contract creation are proven', async () => {
    await using fresh = await startTestChain()
    if (!alice) return
    const { rpc, profile } = fresh
    const receipts = [
      await sendTransaction({ rpc, wallet: alice, to: CONTRACTS.logging }),
      await sendTransaction({ rpc, wallet: alice, data: '0x67602a5f5260205ff35f5260086018f3' }),
    ]
    for (const { transactionHash } of receipts) {
      expect(await verifyTx(transactionHash, { profile, rpc })).toMatchObject({ verdict: 'true' })
    }
  })

  test('a pending transaction is not proven, an unknown one is not there', async () => {
    await chain.rpc.request('evm_setAutomine', [false])
    const pending = await chain.rpc.request<Hex>('eth_sendTransaction', [{ from: bob?.address, to: CONTRACTS.logging }])
    expect(await verify(chain.rpc, pending)).toMatchObject({ verdict: 'unchecked' })
    await chain.rpc.request('evm_mine')
    await chain.rpc.request('evm_setAutomine', [true])
    await expect(verify(chain.rpc, `0x${'12'.repeat(32)}`)).rejects.toMatchObject({ code: 'NOT_ON_CHAIN' })
  })

  test('an impersonated sender has signed nothing, and it shows', async () => {
    const from = CONTRACTS.counting
    await chain.rpc.request('hardhat_impersonateAccount', [from])
    await chain.rpc.request('hardhat_setBalance', [from, '0xde0b6b3a7640000'])
    const sent = await chain.rpc.request<Hex>('eth_sendTransaction', [{ from, to: bob?.address }])
    expect(wrong((await verify(chain.rpc, sent)).links)).toBeGreaterThan(0)
  })

  test('a node without eth_getBlockReceipts is asked for each; one without receipts leaves links unchecked', async () => {
    const without = (missing: string[]): RpcClient => ({
      url: chain.url,
      request: (method, params) =>
        missing.includes(method) ? chain.rpc.request(`no_${method}`) : chain.rpc.request(method, params),
    })
    expect(await verify(without(['eth_getBlockReceipts']))).toMatchObject({ verdict: 'true' })
    const silent: RpcClient = {
      url: chain.url,
      request: async <T>(method: string, params?: unknown[]): Promise<T> =>
        method.endsWith('Receipts') || method.endsWith('Receipt') ? (null as T) : chain.rpc.request<T>(method, params),
    }
    expect(await verify(silent)).toMatchObject({ verdict: 'unchecked' })
  })
})

describe('a node that lies', () => {
  const transactionFields = ['value', 'nonce', 'gas', 'to', 'input', 'gasPrice', 'r', 's', 'from', 'chainId'] as const
  test.each(transactionFields)('about the %s of the transaction', async (field) => {
    const rpc = lying('eth_getTransactionByHash', (tx: Record<string, Hex>) => {
      tx[field] = field === 'to' || field === 'from' ? CONTRACTS.counting : '0x1234'
    })
    expect(await verify(rpc)).toMatchObject({ verdict: 'false' })
  })

  const headerFields = [
    'parentHash',
    'sha3Uncles',
    'miner',
    'stateRoot',
    'transactionsRoot',
    'receiptsRoot',
    'logsBloom',
    'difficulty',
    'number',
    'gasLimit',
    'gasUsed',
    'timestamp',
    'extraData',
    'mixHash',
    'nonce',
    'baseFeePerGas',
    'withdrawalsRoot',
    'blobGasUsed',
    'excessBlobGas',
    'parentBeaconBlockRoot',
    'requestsHash',
  ]
  test.each(headerFields)('about the %s of the header', async (field) => {
    const rpc = lying('eth_getBlockByHash', (block: Block) => {
      const value = block[field] ?? '0x'
      expect(block[field]).toBeDefined()
      block[field] = value.length > 4 ? (`${value.slice(0, -2)}${value.endsWith('7') ? '18' : '17'}` as Hex) : '0x77'
    })
    expect(await verify(rpc)).toMatchObject({ verdict: 'false' })
  })

  test('about another transaction of the block, its order, or how many there are', async () => {
    const changes: ((block: Block) => void)[] = [
      ({ transactions: [first] }) => {
        if (first) first.value = '0x1'
      },
      ({ transactions }) => transactions.reverse(),
      ({ transactions }) => transactions.pop(),
    ]
    for (const change of changes) {
      expect(await verify(lying('eth_getBlockByHash', change))).toMatchObject({ verdict: 'false' })
    }
  })

  test('about a receipt: its status, gas or logs', async () => {
    const changes: ((receipts: Receipts) => void)[] = [
      (receipts) => Object.assign(receipts[2] ?? {}, { status: '0x1' }),
      (receipts) => Object.assign(receipts[0] ?? {}, { cumulativeGasUsed: '0x5' }),
      (receipts) => Object.assign(receipts[0]?.logs[0] ?? {}, { data: '0x01' }),
      (receipts) => receipts[0]?.logs[0]?.topics.pop(),
      (receipts) => receipts[0]?.logs.pop(),
    ]
    for (const change of changes) {
      expect(await verify(lying('eth_getBlockReceipts', change))).toMatchObject({ verdict: 'false' })
    }
    for (const change of [{ status: '0x0' }, { gasUsed: '0x1' }, { logs: [] }]) {
      const rpc = lying('eth_getTransactionReceipt', (receipt: object) => Object.assign(receipt, change))
      expect(await verify(rpc)).toMatchObject({ verdict: 'false' })
    }
  })

  test('about the parent, or which block the chain has at that height', async () => {
    const rpc = lying('eth_getBlockByNumber', (block: Record<string, Hex>) => {
      block['stateRoot'] = `0x${'11'.repeat(32)}`
      block['hash'] = `0x${'22'.repeat(32)}`
    })
    expect(wrong((await verify(rpc)).links)).toBe(2)
  })
})

import pino from 'pino'
import { expect, test } from 'vitest'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Receipt } from '../../client/chain/transaction.ts'
import { AddressIndex } from './address-index.ts'
import { ChainFollower } from './chain-follower.ts'
import { type BlockHeader, type ChainBlock, type ChainSource, hex } from './chain-source.ts'

const SENDER: Hex = `0x${'aa'.repeat(20)}`
const ALL = { address: SENDER, from: 0, to: Number.MAX_SAFE_INTEGER }
const PAGE = { limit: 10_000, skip: 0, isDescending: false }

/** A chain by the numbers of its blocks that have a transaction; `branch` tells two chains with the same numbers apart. */
function fakeChain(height: number, busy: readonly number[], branch = '0') {
  const asked = { headers: 0, blocks: 0 }
  const state = { height, busy, branch }
  const header = (number: number): BlockHeader => ({
    number: hex(number),
    hash: `0x${state.branch}b${number}`,
    parentHash: '0x',
    stateRoot: hex(1 + state.busy.filter((block) => block <= number).length),
    timestamp: hex(number),
    miner: '0x',
    gasLimit: '0x1',
    gasUsed: '0x0',
  })
  const block = (number: number): { block: ChainBlock; receipts: Receipt[] } => {
    const hash = `0x${state.branch}f${number}` as Hex
    const shared = { transactionIndex: '0x0', from: SENDER, to: SENDER, type: '0x0' } as const
    const transaction = {
      ...shared,
      hash,
      nonce: '0x0',
      blockHash: '0x',
      blockNumber: hex(number),
      value: '0x0',
      gas: '0x0',
      input: '0x',
    }
    const receipt = {
      ...shared,
      transactionHash: hash,
      blockHash: '0x',
      blockNumber: hex(number),
      contractAddress: null,
      status: '0x1',
      gasUsed: '0x5208',
      cumulativeGasUsed: '0x0',
      effectiveGasPrice: '0x0',
      logs: [],
      logsBloom: '0x',
    }
    const has = state.busy.includes(number)
    return {
      block: { ...header(number), transactions: has ? [transaction as ChainBlock['transactions'][number]] : [] },
      receipts: has ? [receipt as Receipt] : [],
    }
  }
  const source: ChainSource = {
    rpc: { url: '', request: () => Promise.reject(new Error('not asked')) },
    async header(number) {
      asked.headers++
      if (number === 'latest') return header(state.height)
      return number <= state.height ? header(number) : null
    },
    async blocks(numbers) {
      asked.blocks += numbers.length
      return numbers.map(block)
    },
  }
  return { source, state, asked }
}

function follow(chain: ReturnType<typeof fakeChain>) {
  const index = new AddressIndex(':memory:')
  const follower = new ChainFollower(chain.source, index, pino({ level: 'silent' }))
  const blocks = () => [...index.transactions(ALL, PAGE)].map(({ block }) => block)
  return { index, follower, blocks }
}

test('a million blocks with three transactions cost a few hundred looks', async () => {
  const chain = fakeChain(1_000_000, [1, 400_000, 1_000_000])
  const { follower, blocks, index } = follow(chain)
  await follower.fresh()
  expect(blocks()).toEqual([1, 400_000, 1_000_000])
  expect(index.head?.number).toBe(1_000_000)
  expect(chain.asked.headers + chain.asked.blocks).toBeLessThan(400)
})

test('a chain with a transaction in every block is read once', async () => {
  const chain = fakeChain(
    500,
    Array.from({ length: 500 }, (_, i) => i + 1),
  )
  const { follower, blocks } = follow(chain)
  await follower.fresh()
  expect(blocks()).toHaveLength(500)
  expect(chain.asked.blocks).toBe(501)
})

test('another branch, a lower one, and one without anything in common are read anew', async () => {
  const chain = fakeChain(100, [10, 20, 30])
  const { follower, blocks, index } = follow(chain)
  await follower.fresh()
  Object.assign(chain.state, { height: 15, busy: [10] })
  await follower.fresh()
  expect([blocks(), index.head?.number]).toEqual([[10], 15])
  Object.assign(chain.state, { height: 40, busy: [10, 16, 40] })
  await follower.fresh()
  expect(blocks()).toEqual([10, 16, 40])
  Object.assign(chain.state, { height: 50, busy: [5], branch: '1' })
  await follower.fresh()
  expect([blocks(), index.head?.hash]).toEqual([[5], '0x1b50'])
})

test('a chain that changes while it is read is read again', async () => {
  const chain = fakeChain(200, [50, 150])
  const { follower, blocks } = follow(chain)
  const read = chain.source.blocks
  let changed = false
  chain.source.blocks = async (numbers) => {
    const answer = await read(numbers)
    if (!changed) Object.assign(chain.state, { busy: [60], branch: '1' })
    changed = true
    return answer
  }
  await follower.fresh()
  expect(blocks()).toEqual([60])
})

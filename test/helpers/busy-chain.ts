import type { Hex, RpcClient } from '../../src/client/chain/rpc.ts'
import { signEip1559 } from '../../src/client/chain/transaction.ts'
import { accounts, CONTRACTS } from './test-chain.ts'

/** A clock that runs a second per question, so that two chains that are asked the same have the same times. */
export function countingClock(): () => number {
  let seconds = 1_800_000_000
  return () => seconds++
}

export const quantity = (value: number): Hex => `0x${value.toString(16)}`
/** An account that only exists by what is sent to it. */
const stranger = (index: number): Hex => `0x${(0x5000 + index).toString(16).padStart(40, '0')}`

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`

/** A creation that returns the byte 00 as code and counts in slot 1 on the way. */
const CREATION: Hex = '0x600154600101600155600060005360016000f3'

/** Change number `at` of a fixed mix: calls, logs, transfers, creations, set balances and slots, blocks in bulk, steps of time. */
export async function change(rpc: RpcClient, at: number, nonces: number[]): Promise<void> {
  const sender = at % 4
  const wallet = accounts[sender]
  if (!wallet) throw new Error('no such account')
  const kind = at % 5
  const to = [CONTRACTS.counting, CONTRACTS.logging, stranger(at % 50), CONTRACTS.reverting, undefined][kind]
  const nonce = nonces[sender] ?? 0
  nonces[sender] = nonce + 1
  const raw = signEip1559(wallet, {
    chainId: 31337,
    nonce: BigInt(nonce),
    gas: 200_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: BigInt(at % 3),
    valueWei: kind === 2 ? 5n : 0n,
    ...(to ? { to } : {}),
    ...(kind === 4 ? { data: CREATION } : {}),
  })
  await rpc.request('eth_sendRawTransaction', [raw])
  if (at % 29 === 0) await rpc.request('hardhat_setBalance', [stranger(at), quantity(at + 1)])
  if (at % 31 === 0) await rpc.request('hardhat_setStorageAt', [CONTRACTS.counting, quantity(at), quantity(at)])
  if (at % 37 === 0) await rpc.request('hardhat_mine', [quantity((at % 40) + 1), '0x3'])
  if (at % 43 === 0) await rpc.request('evm_increaseTime', [100])
  if (at % 47 === 0) await rpc.request('evm_mine')
  if (at % 53 === 0) await rpc.request('hardhat_setNextBlockBaseFeePerGas', [quantity(10 ** 8)])
  if (at % 59 === 0) await rpc.request('hardhat_setPrevRandao', [`0x${'7b'.repeat(32)}`])
}

/** Where two lists of lines differ first; undefined when they are the same. For lists too long to be shown. */
export function firstDifference(found: readonly string[], wanted: readonly string[]): string | undefined {
  const at = Array.from({ length: Math.max(found.length, wanted.length) }, (_, line) => line).find(
    (line) => found[line] !== wanted[line],
  )
  if (at === undefined) return undefined
  const [mine = '', other = ''] = [found[at], wanted[at]]
  const from = Math.max(0, [...mine].findIndex((character, place) => character !== other[place]) - 40)
  return `line ${at}: …${mine.slice(from, from + 300)} instead of …${other.slice(from, from + 300)}`
}

/** Every block, transaction, receipt and log of a chain, asked for in more than one way. */
export async function wholeHistory(rpc: RpcClient): Promise<string[]> {
  const head = Number(await rpc.request<Hex>('eth_blockNumber'))
  const lines: unknown[] = []
  for (let number = 0; number <= head; number++) {
    const block = await rpc.request<{ hash: Hex; transactions: { hash: Hex }[] }>('eth_getBlockByNumber', [
      quantity(number),
      true,
    ])
    lines.push(block)
    for (const { hash } of block.transactions) {
      lines.push(await rpc.request('eth_getTransactionReceipt', [hash]))
      lines.push(await rpc.request('eth_getTransactionByHash', [hash]))
    }
    if (block.transactions.length === 0) continue
    lines.push(await rpc.request('eth_getBlockByHash', [block.hash, false]))
    lines.push(await rpc.request('eth_getTransactionByBlockHashAndIndex', [block.hash, '0x0']))
    if (number % 8 !== 0) continue
    lines.push(await rpc.request('eth_getBlockTransactionCountByNumber', [quantity(number)]))
    lines.push(await rpc.request('eth_getLogs', [{ blockHash: block.hash }]))
  }
  lines.push(await rpc.request('eth_getLogs', [{ fromBlock: 'earliest', toBlock: 'latest' }]))
  const topic = quantity(7).replace('0x', `0x${'0'.repeat(63)}`)
  const half = { fromBlock: quantity(head >> 1), address: CONTRACTS.logging, topics: [topic] }
  lines.push(await rpc.request('eth_getLogs', [half]))
  const count = quantity(Math.min(head, 300))
  const fees = await rpc.request<{ gasUsedRatio: number[] }>('eth_feeHistory', [count, 'latest', [10, 50, 90]])
  lines.push({ ...fees, gasUsedRatio: fees.gasUsedRatio.map((ratio) => ratio.toPrecision(12)) })
  return lines.map((line) => JSON.stringify(line))
}

/** States of the past and of the present: balances, slots, calls, proofs and traces. */
export async function statesOf(rpc: RpcClient, heights: readonly number[]): Promise<string[]> {
  const lines: unknown[] = []
  for (const height of heights) {
    const at = quantity(height)
    const block = await rpc.request<{ hash: Hex; transactions: Hex[] }>('eth_getBlockByNumber', [at, false])
    for (const address of [accounts[0]?.address, stranger(7), CONTRACTS.counting]) {
      lines.push(await rpc.request('eth_getBalance', [address, at]))
      lines.push(await rpc.request('eth_getTransactionCount', [address, { blockHash: block.hash }]))
      lines.push(await rpc.request('eth_getProof', [address, [word(0), word(31)], at]))
    }
    lines.push(await rpc.request('eth_getStorageAt', [CONTRACTS.counting, '0x0', at]))
    lines.push(await rpc.request('eth_call', [{ to: CONTRACTS.counting }, { blockNumber: at }]))
    for (const hash of block.transactions) {
      lines.push(await rpc.request('debug_traceTransaction', [hash]))
      lines.push(await rpc.request('debug_traceTransaction', [hash, { tracer: 'callTracer' }]))
    }
  }
  return lines.map((line) => JSON.stringify(line))
}

import { ogError } from '../../errors/og-error.ts'
import type { RpcHeader } from '../../protocol/chain/block-header.ts'
import type { RpcTransaction } from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import { nameOf } from './names.ts'
import { createRpc, type Hex } from './rpc.ts'

export type BlockView = {
  number: number
  hash: Hex
  parentHash: Hex
  timestamp: number
  time: string
  gasUsed: number
  gasLimit: number
  baseFeeWei: bigint | null
  stateRoot: Hex
  transactions: { hash: Hex; from: string; to: string | null; valueWei: bigint }[]
}

const TAGS = new Set(['latest', 'earliest', 'pending', 'safe', 'finalized'])

/** A block by number, hash or tag. @throws OgError NOT_ON_CHAIN, VALUE_INVALID */
export async function describeBlock(
  id: string,
  { profile, signal }: { profile: NetworkProfile; signal?: AbortSignal | undefined },
): Promise<BlockView> {
  const isHash = /^0x[0-9a-f]{64}$/i.test(id)
  const method = isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
  const block = await createRpc(profile.rpc).request<(RpcHeader & { transactions: RpcTransaction[] }) | null>(
    method,
    [isHash ? id : blockTag(id), true],
    { signal },
  )
  if (!block) throw ogError('NOT_ON_CHAIN', { what: `block ${id}`, network: profile.name })
  return {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: Number(block.timestamp),
    time: new Date(Number(block.timestamp) * 1000).toISOString(),
    gasUsed: Number(block.gasUsed),
    gasLimit: Number(block.gasLimit),
    baseFeeWei: block.baseFeePerGas === undefined ? null : BigInt(block.baseFeePerGas),
    stateRoot: block.stateRoot,
    transactions: block.transactions.map(({ hash, from, to, value }) => ({
      hash,
      from: nameOf(profile, from) ?? from,
      to: nameOf(profile, to) ?? to,
      valueWei: BigInt(value),
    })),
  }
}

function blockTag(id: string): string {
  if (TAGS.has(id)) return id
  if (/^\d+$/.test(id) || /^0x[0-9a-f]{1,16}$/i.test(id)) return `0x${BigInt(id).toString(16)}`
  throw ogError('VALUE_INVALID', { value: id, expected: 'a block', example: 'a number, a hash, or latest' })
}

import { gunzipSync, gzipSync } from 'node:zlib'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { Chain } from '../chain.ts'
import type { ChainRequest } from '../chain-turn.ts'
import type { WorldState } from '../history/world-state.ts'
import { MAX_PAYLOAD_BYTES } from '../journal-frames.ts'
import { resultBody } from '../rpc-reply.ts'
import { requireBlock } from './block-lookup.ts'
import type { Family, Method } from './method.ts'
import { addressParam, bigintParam, dataParam, hashParam, objectParam, optional, toQuantity, toWord } from './params.ts'
import { ask, invalidParams, refusal, resultOf } from './rpc-fault.ts'

/** A dump that unpacks to more is refused: it is read as one string. */
const MAX_DUMP_BYTES = 256 * 1024 * 1024
/** of the changes that a dump becomes, which are one record of the journal */
const MAX_CHANGES_CHARS = MAX_PAYLOAD_BYTES - 1024 * 1024
/** of a change in that record besides its parameters, at most */
const CHANGE_CHARS = 64
const GZIP_MAGIC = '0x1f8b'

/** State as anvil's --dump-state and --load-state write and read it, and code by its hash. */
export const stateDump: Family = ({ chain }) => {
  const dump: Method = async () => {
    const bytes = Buffer.from(JSON.stringify(await dumpOf(chain)))
    return resultBody(`0x${gzipSync(bytes).toString('hex')}`)
  }
  const load: Method = async ([data]) => {
    await loadDump(chain, readDump(dataParam(data, 'a dump')))
    return resultBody(true)
  }
  return {
    anvil_dumpState: dump,
    hardhat_dumpState: dump,
    anvil_loadState: load,
    hardhat_loadState: load,
    debug_codeByHash: async ([hash]) => {
      const wanted = hashParam(hash)
      for (const { code } of (await worldOf(chain)).values()) {
        if (code !== '0x' && hashOfCode(code) === wanted) return resultBody(code)
      }
      return resultBody('0x')
    },
  }
}

async function worldOf(chain: Chain): Promise<WorldState> {
  const world = await chain.world()
  if (!world) throw refusal('a fork does not know all accounts of the network it began with')
  return world
}

function hashOfCode(code: Hex): Hex {
  return `0x${bytesToHex(keccak_256(hexToBytes(code.slice(2))))}`
}

/** Accounts, and the latest block for its number and time. Older blocks and transactions stay here. */
async function dumpOf(chain: Chain): Promise<object> {
  const head = await requireBlock(chain, 'latest')
  const world = await worldOf(chain)
  const accounts = [...world].map(([address, { balance, nonce, code, storage }]) => [
    address,
    {
      nonce: Number(nonce),
      balance: toQuantity(balance),
      code,
      storage: Object.fromEntries([...storage].map(([slot, value]) => [toWord(BigInt(slot)), toWord(BigInt(value))])),
    },
  ])
  const { hash: _, transactions: __, uncles: ___, size: ____, ...header } = head
  return {
    block: {
      number: head.number,
      beneficiary: head.miner,
      timestamp: head.timestamp,
      gas_limit: Number(head.gasLimit),
      basefee: Number(head.baseFeePerGas ?? 0),
      difficulty: '0x0',
      prevrandao: head.mixHash,
      blob_excess_gas_and_price: { excess_blob_gas: Number(head.excessBlobGas ?? 0), blob_gasprice: 1 },
    },
    accounts: Object.fromEntries(accounts) as object,
    best_block_number: Number(head.number),
    blocks: [{ header, transactions: [], ommers: [] }],
    transactions: [],
    historical_states: null,
  }
}

function readDump(data: Hex): Record<string, unknown> {
  try {
    const bytes = Buffer.from(data.slice(2), 'hex')
    const text = data.startsWith(GZIP_MAGIC) ? gunzipSync(bytes, { maxOutputLength: MAX_DUMP_BYTES }) : bytes
    return objectParam(JSON.parse(text.toString('utf8')), 'a dump')
  } catch {
    throw invalidParams('expected a dump of anvil_dumpState: gzipped JSON as hex')
  }
}

/**
 * Puts the accounts of a dump over those of the chain, and brings the chain to the dump's height and time where it is behind them: all
 * of it as one change. A nonce that is higher here stays, because the engine lowers none.
 */
async function loadDump(chain: Chain, dump: Record<string, unknown>): Promise<void> {
  let sizeChars = 0
  const requests = Object.entries(objectParam(dump['accounts'] ?? {}, 'accounts')).map(([address, account]) => {
    const changes = accountRequests(addressParam(address), objectParam(account, 'an account'))
    sizeChars += 2 * CHANGE_CHARS
    for (const { params } of changes.others) sizeChars += CHANGE_CHARS + JSON.stringify(params).length
    if (sizeChars > MAX_CHANGES_CHARS) throw refusal('the dump has more accounts and slots than one change may have')
    return changes
  })
  const block = optional(dump['block'], {}, (value) => objectParam(value, 'a block'))
  const height = optional(dump['best_block_number'] ?? block['number'], 0n, (value) => bigintParam(value, 'a height'))
  const time = optional(block['timestamp'], 0n, (value) => bigintParam(value, 'a time'))
  await chain.exclusively(async (turn) => {
    for (const { nonce, others } of requests) {
      const [address, count] = nonce
      const before = BigInt(await ask<Hex>(turn, 'eth_getTransactionCount', address, 'latest'))
      const changes =
        count > before ? [{ method: 'hardhat_setNonce', params: [address, toQuantity(count)] }, ...others] : others
      for (const { method, params } of changes) resultOf(method, await turn.mutate(method, params))
    }
    const head = await requireBlock(turn, 'latest')
    const missing = height - BigInt(head.number)
    if (missing > 1n) await turn.mutate('hardhat_mine', [toQuantity(missing - 1n)])
    if (missing < 1n) return
    const { timestamp } = await requireBlock(turn, 'latest')
    await turn.mutate('evm_mine', time > BigInt(timestamp) ? [Number(time)] : [])
  })
}

function accountRequests(
  address: Hex,
  { balance, nonce, code, storage }: Record<string, unknown>,
): { nonce: [Hex, bigint]; others: ChainRequest[] } {
  const others: ChainRequest[] = [
    { method: 'hardhat_setBalance', params: [address, toQuantity(bigintParam(balance ?? 0, 'a balance'))] },
    { method: 'hardhat_setCode', params: [address, dataParam(code ?? '0x', 'code')] },
  ]
  for (const [slot, value] of Object.entries(objectParam(storage ?? {}, 'storage'))) {
    const index = toQuantity(bigintParam(slot, 'a slot'))
    others.push({ method: 'hardhat_setStorageAt', params: [address, index, toWord(bigintParam(value, 'a value'))] })
  }
  return { nonce: [address, bigintParam(nonce ?? 0, 'a nonce')], others }
}

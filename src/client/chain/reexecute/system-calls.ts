import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../rpc.ts'
import { type ChainRules, HARDFORKS } from './chain-rules.ts'
import type { FullBlock } from './reexecute-block.ts'
import { type SecondEvm, word } from './second-evm.ts'

/** Contracts the protocol calls at the beginning and at the end of blocks, at the addresses of their EIPs. */
export const BEACON_ROOTS = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
const HISTORY_STORAGE = '0x0000f90827f1c53a10cb7a02335b175320002935'
const REQUESTS = [
  { type: 1, contract: '0x00000961ef480eb55e80d19ad83579a64c007002' },
  { type: 2, contract: '0x0000bbddc7ce488642fb579f8b00f3a590007251' },
] as const
const WEI_PER_GWEI = 10n ** 9n

/** Writes the beacon root (EIP-4788) and the parent's hash (EIP-2935) where contracts read them. */
export async function beforeTransactions(evm: SecondEvm, block: FullBlock): Promise<void> {
  if (block.parentBeaconBlockRoot !== undefined) await evm.systemCall(BEACON_ROOTS, word(block.parentBeaconBlockRoot))
  if (hasRequests(evm.hardfork)) await evm.systemCall(HISTORY_STORAGE, word(block.parentHash))
}

/**
 * Pays withdrawals (EIP-4895), collects requests (EIP-7002, EIP-7251) and gives their hash (EIP-7685); undefined where the block makes none. Deposits
 * (EIP-6110) are made on Ethereum's own chain only and are not among them.
 */
export async function afterTransactions(evm: SecondEvm, block: FullBlock, rules: ChainRules): Promise<Hex | undefined> {
  for (const { address, amount } of block.withdrawals ?? []) {
    await evm.credit(address, BigInt(amount) * WEI_PER_GWEI)
  }
  if (!rules.systemCalls || !hasRequests(rules.hardfork)) return undefined
  const hashes: Uint8Array[] = []
  for (const { type, contract } of REQUESTS) {
    const data = await evm.systemCall(contract, new Uint8Array())
    if (data && data.length > 0) hashes.push(sha256(concatBytes(Uint8Array.of(type), data)))
  }
  return `0x${bytesToHex(sha256(concatBytes(...hashes)))}`
}

function hasRequests(hardfork: ChainRules['hardfork']): boolean {
  return HARDFORKS.indexOf(hardfork) >= HARDFORKS.indexOf('prague')
}

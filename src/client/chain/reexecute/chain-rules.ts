import type { RpcHeader } from '../../../protocol/chain/block-header.ts'

/** Hardforks the second EVM knows, oldest first. */
export const HARDFORKS = ['berlin', 'london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'] as const

export type Hardfork = (typeof HARDFORKS)[number]

/** What else than the transactions decides a block. */
export type ChainRules = {
  hardfork: Hardfork
  /** whether blocks begin and end with the system calls of EIP-4788, EIP-2935, EIP-7002 and EIP-7251; EDR leaves them out */
  systemCalls: boolean
}

/** Chain ids of 0G's own networks (0G chain spec §1.1): stateful precompiles, minimum gas charge. */
const ZERO_G_CHAINS = [16600, 16601, 16602, 16661]

/** True on 0G's public networks, whose rules differ from Ethereum's in what no header says. */
export function isZeroGNetwork(chainId: number): boolean {
  return ZERO_G_CHAINS.includes(chainId)
}

/** The oldest hardfork whose fields a header has: each since London added one. Osaka added none, so it looks like Prague. */
function hardforkOf(header: RpcHeader): Hardfork {
  if (header.requestsHash !== undefined) return 'prague'
  if (header.parentBeaconBlockRoot !== undefined) return 'cancun'
  if (header.withdrawalsRoot !== undefined) return 'shanghai'
  if (header.baseFeePerGas === undefined) return 'berlin'
  return BigInt(header.difficulty ?? 0) === 0n ? 'paris' : 'london'
}

/**
 * The rules a block may have been executed under, likeliest first: those that held for the block before, then what the header says. A hardfork that
 * is insisted on is the only one tried.
 */
export function candidateRules(header: RpcHeader, previous?: ChainRules, insisted?: Hardfork): ChainRules[] {
  const derived = insisted ?? hardforkOf(header)
  const hardforks: Hardfork[] = insisted === undefined && derived === 'prague' ? ['prague', 'osaka'] : [derived]
  const hasSystemCalls = HARDFORKS.indexOf(derived) >= HARDFORKS.indexOf('cancun')
  const all = hardforks.flatMap((hardfork) =>
    (hasSystemCalls ? [true, false] : [true]).map((systemCalls) => ({ hardfork, systemCalls })),
  )
  const isPrevious = (rules: ChainRules) =>
    rules.hardfork === previous?.hardfork && rules.systemCalls === previous.systemCalls
  return [...all.filter(isPrevious), ...all.filter((rules) => !isPrevious(rules))]
}

import type { Hex } from './rpc.ts'

/**
 * What a transaction would cost on a 0G Chain that charges at least four fifths of the gas limit [0G chain spec §1.2]. A devnet
 * charges what is used, so an over-generous limit would go unnoticed here.
 */
export type GasLint = {
  /** least gas that would be charged: 80 % of the limit */
  minimumGas: number
  minimumFeeWei: bigint
  /** on top of the fee that was paid here */
  extraFeeWei: bigint
  /** the highest limit that would not have cost more */
  freeGasLimit: number
}

/** The lint of a mined transaction, or null when it used 80 % of its limit or more. */
export function lintGas(receipt: { gasUsed: Hex; effectiveGasPrice: Hex }, gasLimit: bigint): GasLint | null {
  const used = BigInt(receipt.gasUsed)
  const minimum = (gasLimit * 4n) / 5n
  if (used >= minimum) return null
  const price = BigInt(receipt.effectiveGasPrice)
  return {
    minimumGas: Number(minimum),
    minimumFeeWei: minimum * price,
    extraFeeWei: (minimum - used) * price,
    freeGasLimit: Number((used * 5n) / 4n),
  }
}

/** By how much a careful estimate lies above the use here: the node's allowance for a later second, and a margin of a fifth on it. */
const ESTIMATE_ALLOWANCE_GAS = 12_000

/** The lint as a warning; nothing where the limit exceeds the use by no more than estimates do. */
export function gasWarnings(lint: GasLint | null, gasUsed: number | null): string[] {
  if (!lint || gasUsed === null || lint.minimumGas - gasUsed <= ESTIMATE_ALLOWANCE_GAS) return []
  return [explainGasLint(lint, gasUsed)]
}

function explainGasLint(lint: GasLint, gasUsed: number): string {
  const percent = Math.round((lint.minimumGas / gasUsed - 1) * 100)
  return `0G Chain charges at least 80 % of the gas limit: ${lint.minimumGas} gas instead of ${gasUsed} (${percent} % more); limits up to ${lint.freeGasLimit} cost nothing extra`
}

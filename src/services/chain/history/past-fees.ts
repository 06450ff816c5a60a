import type { Hex } from '../../../client/chain/rpc.ts'
import type { ArchivedBlock, ArchivedReceipt } from './block-archive.ts'

type Priced = { block: ArchivedBlock; receipts: readonly ArchivedReceipt[] }
type FeeHistory = {
  oldestBlock: Hex
  baseFeePerGas: Hex[]
  gasUsedRatio: number[]
  reward?: Hex[][]
}

/**
 * eth_feeHistory over blocks with their receipts, oldest first, with the fields that the engine has.
 * @param nextBaseFee of the block after the last
 * @param percentiles of the gas of each block, at which to name the tip paid; undefined for none
 */
export function feeHistory(
  blocks: readonly Priced[],
  nextBaseFee: Hex,
  percentiles: readonly number[] | undefined,
): FeeHistory {
  const fees = blocks.map(({ block }) => block.baseFeePerGas ?? '0x0')
  const history: FeeHistory = {
    oldestBlock: blocks[0]?.block.number ?? '0x0',
    baseFeePerGas: [...fees, nextBaseFee],
    gasUsedRatio: blocks.map(({ block }) => Number(block.gasUsed) / Number(block.gasLimit)),
  }
  if (percentiles) history.reward = blocks.map((priced) => rewards(priced, percentiles))
  return history
}

function rewards({ block, receipts }: Priced, percentiles: readonly number[]): Hex[] {
  const baseFee = BigInt(block.baseFeePerGas ?? 0)
  const paid = receipts
    .map((receipt) => ({
      tip: BigInt(String(receipt['effectiveGasPrice'])) - baseFee,
      gas: Number(receipt['gasUsed']),
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  return percentiles.map((percentile): Hex => {
    let left = (Number(block.gasUsed) * percentile) / 100
    const at = paid.find(({ gas }) => {
      left -= gas
      return left <= 0
    })
    return `0x${(at ?? paid.at(-1) ?? { tip: 0n }).tip.toString(16)}`
  })
}

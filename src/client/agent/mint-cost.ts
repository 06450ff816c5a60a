import { contractAbi } from '../../contracts/abi.ts'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { readContract } from '../chain/contract.ts'
import type { Hex, RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

// Measured on the genesis contracts (2026-11-22: 130,000 per file of a large submission, 455,000 for a mint), with a margin of a fifth.
const SUBMIT_BASE_GAS = 250_000n
const SUBMIT_GAS = 160_000n
const MINT_GAS = 550_000n

/**
 * What storing these blobs and minting will cost, in wei, without the mint fee: the market's price per padded sector, and gas
 * at the current price. An estimate: the same transactions minutes later may meet another gas price.
 */
export async function mintCost(options: {
  profile: NetworkProfile
  rpc: RpcClient
  blobSizes: readonly number[]
  signal?: AbortSignal | undefined
}): Promise<{ storageFeeWei: bigint; gasWei: bigint }> {
  const { profile, rpc, blobSizes, signal } = options
  const market = profile.contracts['Market']
  const [pricePerSector, gasPrice] = await Promise.all([
    market
      ? readContract<bigint>({
          rpc,
          address: market,
          abi: contractAbi('Market'),
          functionName: 'pricePerSector',
          signal,
        })
      : 0n,
    rpc.request<Hex>('eth_gasPrice', [], { signal }).then(BigInt),
  ])
  const sectors = blobSizes.reduce((sum, sizeBytes) => sum + fileLayout(sizeBytes).paddedChunks, 0)
  return {
    storageFeeWei: pricePerSector * BigInt(sectors),
    gasWei: gasPrice * (SUBMIT_BASE_GAS + SUBMIT_GAS * BigInt(blobSizes.length) + MINT_GAS),
  }
}

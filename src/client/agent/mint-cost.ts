import { contractAbi } from '../../contracts/abi.ts'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { readContract } from '../chain/contract.ts'
import type { Hex, RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

// Gas of one storage submission and of a mint with one entry, measured on the genesis contracts, with a margin of a fifth.
const SUBMIT_GAS = 300_000n
const MINT_GAS = 450_000n

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
    gasWei: gasPrice * (SUBMIT_GAS * BigInt(blobSizes.length) + MINT_GAS),
  }
}

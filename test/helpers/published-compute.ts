import { createRequire } from 'node:module'
import type { Abi, Hex } from 'viem'
import { type Allocation, startInProcessChain } from '../../scripts/in-process-chain.ts'
import { account, privateKey } from './contract-world.ts'

type Factory = { abi: Abi; bytecode: Hex }

const SDK = '@0gfoundation/0g-compute-ts-sdk'
const require = createRequire(import.meta.url)

/** ABI and creation code of a contract as the official compute SDK publishes them: the reference ours is compared with. */
export function published(name: 'LedgerManager' | 'InferenceServing'): Factory {
  const folder = name === 'LedgerManager' ? 'ledger' : 'inference'
  const main = require.resolve(SDK)
  const root = main.slice(0, main.lastIndexOf(SDK) + SDK.length)
  const module = require(`${root}/lib.commonjs/${folder}/contract/typechain/factories/${name}__factory.js`)
  return module[`${name}__factory`]
}

/** Runtime code of a published contract: what its creation code returns. */
export async function publishedRuntime(name: 'LedgerManager' | 'InferenceServing'): Promise<Hex> {
  const alloc: Allocation = { [account(0).address]: { balance: '0xde0b6b3a7640000' } }
  const chain = await startInProcessChain({
    chainId: 31337,
    alloc,
    timestamp: 1,
    blockGasLimit: 60_000_000,
    ownedKeys: [privateKey(0)],
  })
  const transaction = { from: account(0).address, data: published(name).bytecode, gas: '0xf42400', gasPrice: '0x0' }
  const hash = await chain.request('eth_sendTransaction', [transaction])
  const { contractAddress } = await chain.request<{ contractAddress: Hex }>('eth_getTransactionReceipt', [hash])
  return chain.request<Hex>('eth_getCode', [contractAddress, 'latest'])
}

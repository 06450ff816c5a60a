import type { Abi, Hex } from 'viem'
import { decodeErrorResult, decodeEventLog, encodeFunctionData, getContractAddress } from 'viem'
import type { Allocation } from '../../scripts/in-process-chain.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { account, ContractWorld, type Outcome } from './contract-world.ts'
import { published, publishedRuntime } from './published-compute.ts'

export type ComputeContract = 'LedgerManager' | 'InferenceServing'

const ABIS: Record<ComputeContract, Abi> = {
  LedgerManager: published('LedgerManager').abi,
  InferenceServing: published('InferenceServing').abi,
}
/** ERC-1967: where a proxy keeps its beacon. */
const BEACON_SLOT = '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50'
const IMPLEMENTATION_NONCES: Record<ComputeContract, bigint> = { LedgerManager: 0n, InferenceServing: 4n }
const CONTRACTS = Object.keys(ABIS) as ComputeContract[]

export type Action = {
  from: number
  contract: ComputeContract
  fn: string
  args: readonly unknown[]
  valueWei?: bigint
}

/** Ours and the published contracts, each on a chain of its own at the same addresses, before their initialisation. */
export async function startTwins(): Promise<{ ours: ContractWorld; theirs: ContractWorld }> {
  const runtimes = await Promise.all(CONTRACTS.map((name) => publishedRuntime(name)))
  const ours = await ContractWorld.start({ change: forgetInitialisation })
  const theirs = await ContractWorld.start({
    change: (alloc) => {
      forgetInitialisation(alloc)
      CONTRACTS.forEach((name, index) => {
        const implementation = getContractAddress({ from: account(0).address, nonce: IMPLEMENTATION_NONCES[name] })
        alloc[implementation.toLowerCase()] = { nonce: '0x1', code: runtimes[index] as string }
      })
    },
  })
  return { ours, theirs }
}

function forgetInitialisation(alloc: Allocation): void {
  for (const name of CONTRACTS) {
    const proxy = alloc[DEVNET_ADDRESSES[name]]
    const beacon = proxy?.storage?.[BEACON_SLOT]
    if (!proxy || !beacon) throw new Error(`${name} is no beacon proxy in the genesis`)
    proxy.storage = { [BEACON_SLOT]: beacon }
  }
}

export function encode({ contract, fn, args }: Action): Hex {
  return encodeFunctionData({ abi: ABIS[contract], functionName: fn, args: [...args] })
}

/** Runs an action on one of the twins; the outcome is in words, so that a difference can be read. */
export async function run(world: ContractWorld, action: Action): Promise<unknown> {
  const to = DEVNET_ADDRESSES[action.contract]
  const call = { from: action.from, to, data: encode(action) }
  const answer = isView(action) ? await world.call(call) : undefined
  if (answer) return 'revert' in answer ? { reverted: errorInWords(answer.revert) } : answer.result
  return inWords(await world.transact({ ...call, ...(action.valueWei ? { valueWei: action.valueWei } : {}) }))
}

function isView({ contract, fn }: Action): boolean {
  return ABIS[contract].some(
    (item) => item.type === 'function' && item.name === fn && ['view', 'pure'].includes(item.stateMutability),
  )
}

function inWords({ revert, logs }: Outcome): unknown {
  if (revert !== undefined) return { reverted: errorInWords(revert) }
  return {
    logs: logs.map(({ address, topics, data }) => {
      const contract = CONTRACTS.find((name) => DEVNET_ADDRESSES[name] === address.toLowerCase())
      if (!contract) return { address, topics, data }
      const { eventName, args } = decodeEventLog({
        abi: ABIS[contract],
        topics: topics as [Hex, ...Hex[]],
        data: data as Hex,
      })
      return { [`${contract}.${eventName}`]: args, raw: [topics, data] }
    }),
  }
}

function errorInWords(data: Hex): unknown {
  for (const abi of Object.values(ABIS)) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data })
      return { errorName, args, data }
    } catch {
      // not an error of this contract
    }
  }
  return data
}

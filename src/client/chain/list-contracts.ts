import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { abiOf, type NamedItem, namedItems, selectorOf, topicOf } from './abi-of.ts'
import type { ContractAbi } from './contract.ts'
import { formatItem } from './decode-abi.ts'
import { nameOf } from './names.ts'
import type { Hex } from './rpc.ts'
import { resolveAddress } from './wallet.ts'

export type ContractRow = {
  name: string
  address: Hex
  origin: 'network' | 'deployed'
  functions: number
  events: number
  errors: number
}

/** Every contract that has a name: those of the network, then what the user deployed. */
export function listContracts(profile: NetworkProfile): ContractRow[] {
  return Object.entries(profile.contracts).map(([name, address]) => {
    const items = namedItems(abiOf(profile, name) ?? [])
    const count = (type: NamedItem['type']) => items.filter((item) => item.type === type).length
    const origin = isDeployed(profile, name) ? 'deployed' : 'network'
    return { name, address, origin, functions: count('function'), events: count('event'), errors: count('error') }
  })
}

export type ContractItem = { signature: string; id: Hex; stateMutability?: string; outputs?: string }

export type ContractView = {
  name: string
  address: Hex
  origin: 'network' | 'deployed'
  functions: ContractItem[]
  events: ContractItem[]
  errors: ContractItem[]
  abi: ContractAbi
}

/** One contract with all its ABI has, by name or address. @throws OgError UNKNOWN_ACCOUNT, VALUE_INVALID */
export function describeContract(profile: NetworkProfile, contract: string): ContractView {
  const address = resolveAddress(profile, contract)
  const name = nameOf(profile, address)
  const abi = name === undefined ? undefined : abiOf(profile, name)
  if (name === undefined || !abi) {
    throw ogError('VALUE_INVALID', {
      value: contract,
      expected: 'a contract whose ABI is known',
      example: `known are ${Object.keys(profile.contracts).join(', ')}`,
    })
  }
  const items = namedItems(abi)
  const of = (type: NamedItem['type']) => items.filter((item) => item.type === type).map(viewOf)
  return {
    name,
    address,
    origin: isDeployed(profile, name) ? 'deployed' : 'network',
    functions: of('function'),
    events: of('event'),
    errors: of('error'),
    abi,
  }
}

function isDeployed({ abis }: NetworkProfile, name: string): boolean {
  return Object.hasOwn(abis ?? {}, name)
}

function viewOf(item: NamedItem): ContractItem {
  const { stateMutability, outputs = [] } = item
  return {
    signature: formatItem(item),
    id: item.type === 'event' ? topicOf(item) : selectorOf(item),
    ...(stateMutability === undefined ? {} : { stateMutability }),
    ...(outputs.length === 0
      ? {}
      : { outputs: outputs.map(({ type, name }) => (name ? `${type} ${name}` : type)).join(', ') }),
  }
}

import * as AbiItem from 'ox/AbiItem'
import { CONTRACT_NAMES, contractAbi, isContractName } from '../../contracts/abi.ts'
import { contractNameAt } from '../../contracts/address-book.ts'
import { STANDARD_SIGNATURES } from '../../contracts/standard-signatures.ts'
import type { NetworkProfile } from '../profile.ts'
import type { ContractAbi } from './contract.ts'
import type { AbiParameter } from './parse-argument.ts'
import type { Hex } from './rpc.ts'

/** A function, event or error of an ABI. */
export type NamedItem = {
  type: 'function' | 'event' | 'error'
  name: string
  inputs: readonly (AbiParameter & { indexed?: boolean })[]
  outputs?: readonly AbiParameter[]
  stateMutability?: string
  anonymous?: boolean
}

/** An item with the contracts and standards that have it. */
export type KnownItem = { item: NamedItem; sources: string[] }

/** What names and ABIs there are: those of a network, or only the built-in ones (decoding needs no network). */
export type AbiSource = Pick<NetworkProfile, 'abis'> | undefined

/** The ABI of a contract by name: one that was deployed with its artifact, or one of the network. */
export function abiOf(source: AbiSource, name: string): ContractAbi | undefined {
  const own = source?.abis
  if (own && Object.hasOwn(own, name)) return own[name]
  return isContractName(name) ? contractAbi(name) : undefined
}

/** The ABI of the contract at an address, where the network or a deployment gave it a name. */
export function abiAt(profile: NetworkProfile, address: string | null): ContractAbi | undefined {
  const name = address === null ? undefined : contractNameAt(address, profile.contracts)
  return name === undefined ? undefined : abiOf(profile, name)
}

/** Functions, events and errors of an ABI. */
export function namedItems(abi: ContractAbi): NamedItem[] {
  return abi.filter((item): item is NamedItem =>
    ['function', 'event', 'error'].includes((item as { type?: string }).type ?? ''),
  )
}

/** `name(type,type)`, as selectors are made from. */
export function signatureOf(item: NamedItem): string {
  return AbiItem.getSignature(item as never)
}

/** Four bytes of a function or error; for an event see {@link topicOf}. */
export function selectorOf(item: NamedItem): Hex {
  return AbiItem.getSelector(item as never)
}

/** First topic of the logs of an event. */
export function topicOf(item: NamedItem): Hex {
  return AbiItem.getSignatureHash(item as never)
}

type Index = { functions: Map<Hex, KnownItem[]>; errors: Map<Hex, KnownItem[]>; events: Map<Hex, KnownItem[]> }

let builtIn: [string, NamedItem][] | undefined
const indexes = new WeakMap<object, Index>()
const NOTHING = {}

/** Everything known under a selector (functions, errors) or first topic (events): several where contracts disagree about its shape. */
export function itemsById(source: AbiSource, kind: keyof Index, id: string): readonly KnownItem[] {
  const key = source?.abis ?? NOTHING
  let index = indexes.get(key)
  if (!index) {
    index = buildIndex(source)
    indexes.set(key, index)
  }
  return index[kind].get(id.toLowerCase() as Hex) ?? []
}

function buildIndex(source: AbiSource): Index {
  const index: Index = { functions: new Map(), errors: new Map(), events: new Map() }
  const own = Object.entries(source?.abis ?? {}).flatMap(([name, abi]) => pairs(name, abi))
  builtIn ??= [
    ...CONTRACT_NAMES.flatMap((name) => pairs(name, contractAbi(name))),
    ...Object.entries(STANDARD_SIGNATURES).flatMap(([name, signatures]) =>
      pairs(
        name,
        signatures.map((signature) => AbiItem.from(signature)),
      ),
    ),
  ]
  for (const [name, item] of [...own, ...builtIn]) {
    const map = item.type === 'event' ? index.events : item.type === 'error' ? index.errors : index.functions
    add(map, item.type === 'event' ? topicOf(item) : selectorOf(item), name, item)
  }
  return index
}

function pairs(name: string, abi: ContractAbi): [string, NamedItem][] {
  return namedItems(abi).map((item) => [name, item])
}

/** Items of the same shape are one, whatever their parameters are called; where an event indexes other parameters it is another. */
function add(map: Map<Hex, KnownItem[]>, id: Hex, name: string, item: NamedItem): void {
  const known = map.get(id) ?? []
  map.set(id, known)
  const same = known.find((entry) => shapeOf(entry.item) === shapeOf(item))
  if (!same) known.push({ item, sources: [name] })
  else if (!same.sources.includes(name)) same.sources.push(name)
}

function shapeOf(item: NamedItem): string {
  return `${signatureOf(item)} ${item.inputs.map(({ indexed }) => (indexed ? 1 : 0)).join('')}`
}

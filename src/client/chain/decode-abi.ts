import * as AbiEvent from 'ox/AbiEvent'
import * as AbiParameters from 'ox/AbiParameters'
import type { NetworkProfile } from '../profile.ts'
import {
  type AbiSource,
  abiAt,
  itemsById,
  type KnownItem,
  type NamedItem,
  namedItems,
  selectorOf,
  topicOf,
} from './abi-of.ts'
import { nameOf } from './names.ts'
import type { AbiParameter } from './parse-argument.ts'
import type { Hex } from './rpc.ts'

/** A decoded argument. `label` is how people read it where it holds addresses that have names. */
export type DecodedValue = { name: string; type: string; value: unknown; label?: string }

/** A decoded function call, event or error; `sources` are the contracts and standards that have it. */
export type DecodedItem = { name: string; signature: string; args: DecodedValue[]; sources: string[] }

/** How addresses are shown: a network's labels, or nothing. */
type Names = Pick<NetworkProfile, 'accounts' | 'contracts'> | undefined

/** Decodes values of parameters; undefined when the bytes are no such values. `isExact`: encoding them again gives the same bytes. */
export function decodeParameters(
  inputs: readonly AbiParameter[],
  data: Hex,
): { values: readonly unknown[]; isExact: boolean } | undefined {
  if (inputs.length === 0) return { values: [], isExact: data === '0x' }
  try {
    const values = AbiParameters.decode(inputs as AbiParameters.AbiParameters, data, {
      checksumAddress: false,
    }) as readonly unknown[]
    const again = AbiParameters.encode(inputs as AbiParameters.AbiParameters, values as never)
    return { values, isExact: again.toLowerCase() === data.toLowerCase() }
  } catch {
    return undefined
  }
}

/** All readings of four bytes and arguments, exact ones first; inexact ones only where there is no exact one. */
export function decodeBySelector(
  source: AbiSource,
  kind: 'functions' | 'errors',
  data: Hex,
  names?: Names,
): DecodedItem[] {
  const found = itemsById(source, kind, data.slice(0, 10)).flatMap(({ item, sources }) => {
    const decoded = decodeParameters(item.inputs, `0x${data.slice(10)}`)
    return decoded ? [{ decoded, item, sources }] : []
  })
  const exact = found.filter(({ decoded }) => decoded.isExact)
  return (exact.length > 0 ? exact : found).map(({ item, sources, decoded }) =>
    describe(item, sources, decoded.values, names),
  )
}

/** The call of `data` to `address`: by its own ABI where that is known, else by the first reading of its selector. */
export function decodeCallTo(profile: NetworkProfile, address: string | null, data: Hex): DecodedItem | undefined {
  if (data.length < 10) return undefined
  const own = abiAt(profile, address)
  const item =
    own && namedItems(own).find((entry) => entry.type === 'function' && selectorOf(entry) === data.slice(0, 10))
  const decoded = item && decodeParameters(item.inputs, `0x${data.slice(10)}`)
  if (item && decoded) return describe(item, [nameOf(profile, address) ?? ''], decoded.values, profile)
  return decodeBySelector(profile, 'functions', data, profile)[0]
}

export type LogData = { address?: Hex; topics: readonly Hex[]; data: Hex }

/** All readings of a log by its first topic. */
export function decodeLogByTopic(source: AbiSource, log: LogData, names?: Names): DecodedItem[] {
  const [topic] = log.topics
  if (topic === undefined) return []
  return itemsById(source, 'events', topic).flatMap((known) => decodeEvent(known, log, names))
}

/** A log by the ABI of the contract that wrote it, else by the first reading of its first topic. */
export function decodeLog(profile: NetworkProfile, log: LogData & { address: Hex }): DecodedItem | undefined {
  const own = abiAt(profile, log.address)
  const item = own && namedItems(own).find((entry) => entry.type === 'event' && topicOf(entry) === log.topics[0])
  const decoded = item && decodeEvent({ item, sources: [nameOf(profile, log.address) ?? ''] }, log, profile)[0]
  return decoded ?? decodeLogByTopic(profile, log, profile)[0]
}

function decodeEvent({ item, sources }: KnownItem, log: LogData, names: Names): DecodedItem[] {
  try {
    const event = item as unknown as AbiEvent.AbiEvent
    const values = (AbiEvent.decode(event, log as never, { checksumAddress: false }) ?? {}) as Record<string, unknown>
    return [
      describe(
        item,
        sources,
        item.inputs.map(({ name }, at) => values[name || at]),
        names,
      ),
    ]
  } catch {
    return []
  }
}

function describe(item: NamedItem, sources: string[], values: readonly unknown[], names: Names): DecodedItem {
  return { name: item.name, signature: formatItem(item), args: named(item.inputs, values, names), sources }
}

/** `transfer(address to, uint256 value)` */
export function formatItem({ name, inputs }: NamedItem): string {
  return `${name}(${inputs.map(formatParameter).join(', ')})`
}

function formatParameter(parameter: AbiParameter & { indexed?: boolean }): string {
  const { type, name, indexed, components } = parameter
  const shown = type.startsWith('tuple')
    ? `(${(components ?? []).map(formatParameter).join(', ')})${type.slice('tuple'.length)}`
    : type
  return [shown, indexed ? 'indexed' : '', name ?? ''].filter(Boolean).join(' ')
}

/** Values beside the names and types of their parameters. */
export function named(inputs: readonly AbiParameter[], values: readonly unknown[], names: Names): DecodedValue[] {
  return inputs.map((input, at) => {
    const value = values[at]
    const label = names && labelOf(input, value, names)
    return { name: input.name ?? '', type: input.type, value, ...(label === undefined ? {} : { label }) }
  })
}

/** How people read a value: an address by its label, a tuple or array as JSON with labels in it. Undefined where nothing has one. */
function labelOf(parameter: AbiParameter, value: unknown, names: NonNullable<Names>): string | undefined {
  if (parameter.type === 'address') return nameOf(names, String(value))
  if (!/^tuple|\]$/.test(parameter.type)) return undefined
  const plain = JSON.stringify(value, bigintToText)
  const shown = JSON.stringify(withLabels(parameter, value, names), bigintToText)
  return shown === plain ? undefined : shown
}

function withLabels(parameter: AbiParameter, value: unknown, names: NonNullable<Names>): unknown {
  const { type, components = [] } = parameter
  if (type === 'address') return nameOf(names, String(value)) ?? value
  const element = /^(.*)\[\d*\]$/.exec(type)?.[1]
  if (element !== undefined && Array.isArray(value)) {
    return value.map((entry: unknown) => withLabels({ ...parameter, type: element }, entry, names))
  }
  if (type !== 'tuple' || typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  return Object.fromEntries(
    components.map((component, at) => {
      const key = component.name || String(at)
      return [key, withLabels(component, fields[key], names)]
    }),
  )
}

function bigintToText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

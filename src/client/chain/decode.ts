import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { type AbiSource, itemsById } from './abi-of.ts'
import { type DecodedItem, decodeBySelector, decodeLogByTopic, formatItem } from './decode-abi.ts'
import { decodeRawTransaction, type RawTransaction } from './decode-raw-transaction.ts'
import { revertWords } from './explain-revert.ts'
import type { Hex } from './rpc.ts'

/** One way to read bytes. Several are given where several ABIs fit: only the sender knows which was meant. */
export type Reading =
  | ({ kind: 'call' | 'event' } & DecodedItem)
  | ({ kind: 'error'; sentence: string; fix: string } & DecodedItem)
  | { kind: 'function' | 'error-selector' | 'event-topic'; signature: string; sources: string[] }
  | ({ kind: 'transaction'; call: DecodedItem[] } & RawTransaction)

/** Labels and the user's ABIs, where a network is at hand; decoding needs none. */
export type DecodeContext = NetworkProfile | undefined

/**
 * Reads call data, revert data, a four-byte selector, an event topic, a log (JSON with topics and data) or a signed transaction, by the
 * ABIs of the network, of what the user deployed, and of common standards. Nothing is asked of any node.
 * @throws OgError VALUE_INVALID, SELECTOR_UNKNOWN
 */
export function decodeBytes(text: string, context: DecodeContext): Reading[] {
  const clean = text.trim()
  if (clean.startsWith('{')) return decodeLogText(clean, context)
  const hex = (clean.startsWith('0x') ? clean : `0x${clean}`).toLowerCase() as Hex
  if (!/^0x([0-9a-f]{2}){4,}$/.test(hex)) {
    throw ogError('VALUE_INVALID', {
      value: clean.length > 40 ? `${clean.slice(0, 40)}…` : JSON.stringify(clean),
      expected: 'hex of four bytes or more, or a log as JSON',
      example: 'call data, revert data, a selector, a topic, a raw transaction, or {"topics":["0x…"],"data":"0x…"}',
    })
  }
  const readings = readHex(hex, context)
  if (readings.length > 0) return readings
  throw ogError('SELECTOR_UNKNOWN', { selector: hex.length === 66 ? hex : hex.slice(0, 10) })
}

function readHex(hex: Hex, context: DecodeContext): Reading[] {
  if (hex.length === 10) return readSelector(hex, context)
  if (hex.length === 66) return readTopic(hex, context)
  const raw = decodeRawTransaction(hex)
  if (raw) return [{ kind: 'transaction', ...raw, call: readCallOf(raw, context) }]
  return [
    ...decodeBySelector(context, 'functions', hex, context).map((item) => ({ kind: 'call' as const, ...item })),
    ...readErrors(hex, context),
  ]
}

function readSelector(selector: Hex, source: AbiSource): Reading[] {
  const list = (kind: 'functions' | 'errors', as: 'function' | 'error-selector') =>
    itemsById(source, kind, selector).map(({ item, sources }) => ({ kind: as, signature: formatItem(item), sources }))
  return [...list('functions', 'function'), ...list('errors', 'error-selector')]
}

function readTopic(topic: Hex, source: AbiSource): Reading[] {
  return itemsById(source, 'events', topic).map(({ item, sources }) => ({
    kind: 'event-topic' as const,
    signature: formatItem(item),
    sources,
  }))
}

function readErrors(data: Hex, context: DecodeContext): Reading[] {
  return decodeBySelector(context, 'errors', data, context).map((item) => {
    const words = revertWords(context, data)
    return { kind: 'error' as const, ...item, sentence: words?.reason ?? item.name, fix: words?.fix ?? '' }
  })
}

function readCallOf({ to, input }: RawTransaction, context: DecodeContext): DecodedItem[] {
  return to === null || input.length < 10 ? [] : decodeBySelector(context, 'functions', input, context)
}

function decodeLogText(text: string, context: DecodeContext): Reading[] {
  const { topics, data } = parseLog(text)
  const readings = decodeLogByTopic(context, { topics, data }, context)
  const [topic] = topics
  if (readings.length === 0) throw ogError('SELECTOR_UNKNOWN', { selector: topic ?? 'a log without topics' })
  return readings.map((item) => ({ kind: 'event', ...item }))
}

function parseLog(text: string): { topics: Hex[]; data: Hex } {
  try {
    const { topics, data = '0x' } = JSON.parse(text) as { topics: Hex[]; data?: Hex }
    const isHex = (value: unknown) => typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value)
    if (Array.isArray(topics) && topics.every(isHex) && isHex(data)) return { topics, data }
  } catch {
    // said below
  }
  throw ogError('VALUE_INVALID', {
    value: text.length > 40 ? `${text.slice(0, 40)}…` : text,
    expected: 'a log',
    example: '{"topics":["0x…"],"data":"0x…"}, as receipts have them',
  })
}

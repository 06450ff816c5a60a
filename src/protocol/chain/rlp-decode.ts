import type { RlpItem } from './rlp.ts'

/** Deeper nesting than any structure of the chain has: a bound for hostile input. */
const MAX_DEPTH = 32

type Decoded = { item: RlpItem; end: number }

/**
 * Decodes one RLP item that fills `bytes` exactly (yellow paper, appendix B). Only the canonical encoding is accepted, so that
 * no two encodings stand for the same item. The strings of the result are views of `bytes`.
 * @throws RangeError when the bytes are no canonical RLP
 */
export function rlpDecode(bytes: Uint8Array): RlpItem {
  const { item, end } = decodeAt(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw new RangeError('bytes follow the RLP item')
  return item
}

function decodeAt(bytes: Uint8Array, at: number, limit: number, depth: number): Decoded {
  const first = bytes[at]
  if (first === undefined || at >= limit) throw new RangeError('the RLP item is cut off')
  if (depth > MAX_DEPTH) throw new RangeError('the RLP item is nested too deep')
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = first >= 0xc0
  const { start, end } = payload(bytes, at, first - (isList ? 0xc0 : 0x80), limit)
  if (isList) return { item: decodeList(bytes, start, end, depth), end }
  if (end === start + 1 && (bytes[start] ?? 0) < 0x80) throw new RangeError('a single byte has a needless RLP prefix')
  return { item: bytes.subarray(start, end), end }
}

function decodeList(bytes: Uint8Array, start: number, end: number, depth: number): RlpItem[] {
  const items: RlpItem[] = []
  let at = start
  while (at < end) {
    const decoded = decodeAt(bytes, at, end, depth + 1)
    items.push(decoded.item)
    at = decoded.end
  }
  return items
}

/** Where the content of an item lies whose prefix byte says `code` (0 to 55: its length, above: the length of its length). */
function payload(bytes: Uint8Array, at: number, code: number, limit: number): { start: number; end: number } {
  let start = at + 1
  let sizeBytes = code
  if (code > 55) {
    const sizeOfSize = code - 55
    if (bytes[start] === 0) throw new RangeError('an RLP length has leading zeros')
    sizeBytes = 0
    for (let i = 0; i < sizeOfSize; i++) sizeBytes = sizeBytes * 256 + (bytes[start + i] ?? 0)
    start += sizeOfSize
    if (sizeBytes < 56) throw new RangeError('a short RLP item has a long prefix')
  }
  const end = start + sizeBytes
  if (end > limit) throw new RangeError('the RLP item is cut off')
  return { start, end }
}

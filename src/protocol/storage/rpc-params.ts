import { isHash } from './keccak.ts'
import type { FileProof } from './merkle.ts'
import type { Hex } from './units.ts'
import type { Base64Text, SegmentWithProof } from './wire.ts'

/** Readers of JSON-RPC parameters: the value, or a text that says what was wrong. */
export type Parsed<T> = { value: T } | { problem: string }

/** An unsigned integer; `u64` beyond 2^53 is clamped, because no sequence or index is that large. */
export function parseIndex(value: unknown, name: string): Parsed<number> {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    return { value: Math.min(value, Number.MAX_SAFE_INTEGER) }
  }
  return { problem: `${name}: invalid type, expected an unsigned integer` }
}

/** A 32-byte hash, lower case. */
export function parseHash(value: unknown, name: string): Parsed<Hex> {
  if (isHash(value)) return { value: value.toLowerCase() as Hex }
  return { problem: `${name}: invalid type, expected 32 bytes of 0x hex` }
}

/** A segment with its proof, fields present and of the right types; nothing is proven yet. */
export function parseSegment(value: unknown): Parsed<SegmentWithProof<Base64Text>> {
  if (typeof value !== 'object' || value === null) return { problem: 'segment: expected an object' }
  const segment = value as Record<string, unknown>
  const root = parseHash(segment['root'], 'root')
  if ('problem' in root) return root
  const data = segment['data']
  if (!isText(data)) return { problem: 'data: expected a base64 string' }
  const index = parseIndex(segment['index'], 'index')
  if ('problem' in index) return index
  const fileSize = parseIndex(segment['fileSize'], 'fileSize')
  if ('problem' in fileSize) return fileSize
  const proof = parseProof(segment['proof'])
  if ('problem' in proof) return proof
  return {
    value: {
      root: root.value,
      data,
      index: index.value,
      proof: proof.value,
      fileSize: fileSize.value,
    },
  }
}

function isText(value: unknown): value is Base64Text {
  return typeof value === 'string' || value instanceof Uint8Array
}

/** A file proof. */
export function parseProof(value: unknown): Parsed<FileProof> {
  const { lemma, path } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (!Array.isArray(lemma) || !lemma.every(isHash)) return { problem: 'proof.lemma: expected an array of hashes' }
  if (!Array.isArray(path) || !path.every((step) => typeof step === 'boolean')) {
    return { problem: 'proof.path: expected an array of booleans' }
  }
  return { value: { lemma: lemma.map((hash) => hash.toLowerCase() as Hex), path } }
}

/** A string of bytes, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** Recursive length prefix encoding (yellow paper, appendix B). */
export function rlpEncode(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) {
    const only = item[0]
    return item.length === 1 && only !== undefined && only < 0x80 ? item : concat([prefix(0x80, item.length), item])
  }
  const parts = item.map(rlpEncode)
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0)
  return concat([prefix(0xc0, sizeBytes), ...parts])
}

function prefix(base: number, sizeBytes: number): Uint8Array {
  if (sizeBytes < 56) return Uint8Array.of(base + sizeBytes)
  const size: number[] = []
  for (let rest = sizeBytes; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256)
  return Uint8Array.of(base + 55 + size.length, ...size)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Bytes of a hex string as it stands: hashes, addresses, data. Null and undefined are the empty string. */
export function rlpData(hex: string | null | undefined): Uint8Array {
  if (!hex) return new Uint8Array()
  const digits = hex.slice(2)
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16),
  )
}

/** A quantity as RLP wants it: big endian without leading zeros, zero as the empty string. */
export function rlpQuantity(value: string | bigint | number | null | undefined): Uint8Array {
  const number = BigInt(value ?? 0)
  if (number === 0n) return new Uint8Array()
  const digits = number.toString(16)
  return rlpData(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
}

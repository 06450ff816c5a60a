export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/**
 * Plain JSON of any result: bigint as decimal string, bytes as 0x hex, Date as ISO, Map as object (as pairs when a key is
 * an object), Set as array.
 * Absent (undefined) fields are dropped and non-finite numbers become null, as JSON.stringify does.
 */
export function toJson(value: unknown): JsonValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return value.toString()
  // Adding 0 turns -0, which JSON cannot say, into 0.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'object') return null
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Set) return [...value].map(toJson)
  if (value instanceof Map) return mapToJson(value)
  if ('toJSON' in value && typeof value.toJSON === 'function') return toJson(value.toJSON())
  const entries = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== 'function')
  return Object.fromEntries(entries.map(([key, field]) => [key, toJson(field)]))
}

function mapToJson(map: Map<unknown, unknown>): JsonValue {
  const entries = [...map]
  const isPlain = entries.every(
    ([key]) => typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint',
  )
  if (!isPlain) return entries.map((pair) => pair.map(toJson))
  return Object.fromEntries(entries.map(([key, field]) => [String(key), toJson(field)]))
}

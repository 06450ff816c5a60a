/**
 * The one JSON text of a value, for values that are hashed: two programs that agree on the value agree on the bytes. Object keys
 * stand in UTF-16 code unit order at every level, without white space: what RFC 8785 prescribes for text that is valid Unicode.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

/** How two nodes' answers to one request differ, field by field. */
export type Difference = { path: string; ours: unknown; theirs: unknown }

const ABSENT = '(absent)'

/** Fields of `ours` and `theirs` that are not the same. An error is compared by its code and data: words are each node's own. */
export function differences(ours: unknown, theirs: unknown, path = ''): Difference[] {
  if (Object.is(ours, theirs)) return []
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length) return [{ path: `${path}.length`, ours: ours.length, theirs: theirs.length }]
    return ours.flatMap((value, at) => differences(value, theirs[at], `${path}[]`))
  }
  if (isRecord(ours) && isRecord(theirs)) {
    const fields = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((field) => field !== 'message')
    return fields.flatMap((field) =>
      differences(
        field in ours ? ours[field] : ABSENT,
        field in theirs ? theirs[field] : ABSENT,
        path === '' ? field : `${path}.${field}`,
      ),
    )
  }
  return [{ path, ours, theirs }]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The answer with every 32-byte value of `names` replaced by its name, wherever it stands: block hashes differ between nodes whose state
 * roots do, and are then compared by what they are hashes of.
 */
export function named(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value
  if (Array.isArray(value)) return value.map((entry) => named(entry, names))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([field, entry]) => [field, named(entry, names)]))
}

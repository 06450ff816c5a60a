/** Something recorded at a version, i.e. by the submission with that number. */
export type Versioned<T> = { version: number; value: T }

/** The last row of a history, oldest first, at or before a version. */
export function latestAt<T>(rows: readonly Versioned<T>[] | undefined, version: number): Versioned<T> | undefined {
  return rows?.findLast((row) => row.version <= version)
}

/** Adds a row; a later one of the same version replaces the earlier. */
export function record<T, K>(histories: Map<K, Versioned<T>[]>, key: K, row: Versioned<T>): void {
  const rows = histories.get(key)
  if (!rows) histories.set(key, [row])
  else if (rows.at(-1)?.version === row.version) rows[rows.length - 1] = row
  else rows.push(row)
}

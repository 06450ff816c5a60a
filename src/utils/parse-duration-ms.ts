const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Reads `500ms`, `30s`, `5m`, `1.5h`, `1d`; a bare number is seconds. Milliseconds, or undefined when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?$/i.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  return Math.round(Number(number) * (UNITS_MS[unit.toLowerCase()] ?? 1_000))
}

import { ogError } from '../../errors/og-error.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/**
 * Seconds of a duration like `90`, `30s`, `+1h`, `1h30m` or `2d`; a leading plus is allowed.
 * @throws OgError VALUE_INVALID
 */
export function parseDuration(text: string): number {
  const clean = text.trim().replace(/^\+/, '').toLowerCase()
  if (/^\d+$/.test(clean)) return Number(clean)
  if (!/^(\d+[smhdw])+$/.test(clean)) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(text),
      expected: 'a duration',
      example: 'for example +1h, 90s, 1h30m or 2d',
    })
  }
  let seconds = 0
  for (const [, count, unit] of clean.matchAll(/(\d+)([smhdw])/g)) seconds += Number(count) * (SECONDS[unit ?? ''] ?? 0)
  return seconds
}

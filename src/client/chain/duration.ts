import { ogError } from '../../errors/og-error.ts'
import { parseDurationMs } from '../../utils/parse-duration-ms.ts'

/**
 * Whole seconds of a duration like `90`, `30s`, `+1h`, `1h30m` or `2d`; a leading plus is allowed.
 * @throws OgError VALUE_INVALID
 */
export function parseDuration(text: string): number {
  const clean = text.trim().replace(/^\+/, '')
  const parts = clean.match(/\d+(?:\.\d+)?\s*[a-z]*/gi) ?? []
  const milliseconds = parts.reduce((sum, part) => sum + (parseDurationMs(part) ?? Number.NaN), 0)
  if (clean === '' || parts.join('') !== clean || !Number.isInteger(milliseconds / 1000)) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(text),
      expected: 'a duration in whole seconds',
      example: 'for example +1h, 90s, 1h30m or 2d',
    })
  }
  return milliseconds / 1000
}

import { Flags } from '@oclif/core'
import { ogError } from '../errors/og-error.ts'
import { parseDurationMs } from '../utils/parse-duration-ms.ts'

/** A flag whose value is a duration (`500ms`, `30s`, `5m`, `1h`; a bare number is seconds), parsed to milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (text) => {
    const durationMs = parseDurationMs(text)
    if (durationMs === undefined) {
      const example = 'for example 500ms, 30s, 5m or 1h'
      throw ogError('VALUE_INVALID', { value: JSON.stringify(text), expected: 'a duration', example })
    }
    return durationMs
  },
})

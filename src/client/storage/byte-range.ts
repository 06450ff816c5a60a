import { ogError } from '../../errors/og-error.ts'

/** `FIRST-LAST`, both included, as [start, end). @throws OgError FLAG_INVALID */
export function parseRange(text: string): { start: number; end: number } {
  const match = /^(\d+)-(\d+)$/.exec(text)
  const start = Number(match?.[1])
  const end = Number(match?.[2]) + 1
  if (!match || !Number.isSafeInteger(end) || end <= start) {
    throw ogError('FLAG_INVALID', {
      reason: `--range ${text}: expected FIRST-LAST, e.g. 0-1023`,
      command: 'storage cat',
    })
  }
  return { start, end }
}

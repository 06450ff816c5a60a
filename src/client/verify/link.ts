import { isOgError, toOgError } from '../../errors/og-error.ts'
import type { EvidenceLink } from './evidence.ts'

/** A link that compared two values: true when they are equal, else false. A missing `actual` is a difference. */
export function compareLink(
  claim: string,
  expected: string,
  actual: string | undefined,
  extra: Pick<EvidenceLink, 'note' | 'simulated'> = {},
): EvidenceLink {
  return { claim, verdict: expected === actual ? 'true' : 'false', expected, actual: actual ?? 'nothing', ...extra }
}

/** A link nobody could check, and why. It never counts as true. */
export function uncheckedLink(claim: string, note: string): EvidenceLink {
  return { claim, verdict: 'unchecked', note }
}

/**
 * The link a failed check leaves: false when the check was made and failed (an error of category VERIFY), unchecked when it
 * could not be made (node down, data missing). A defect of this program or a signal is thrown on.
 */
export function failedLink(claim: string, thrown: unknown): EvidenceLink {
  const error = toOgError(thrown)
  if (error.category === 'VERIFY')
    return { claim, verdict: 'false', actual: error.message, ...differing(error.details) }
  if (!isOgError(thrown) && error.code === 'BUG') throw thrown
  if (error.category === 'INTERNAL' || error.exitCode >= 128) throw thrown
  return uncheckedLink(claim, error.message)
}

/** The two values an error carries in its details, where it does. */
function differing(details: Record<string, unknown> | undefined): Pick<EvidenceLink, 'expected' | 'actual'> {
  const { expected, actual } = details ?? {}
  return {
    ...(typeof expected === 'string' ? { expected } : {}),
    ...(typeof actual === 'string' ? { actual } : {}),
  }
}

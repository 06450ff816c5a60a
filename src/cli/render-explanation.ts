import type { Explanation } from './explain-error.ts'
import { wrapText } from './wrap-text.ts'

/** One explanation in full, or a table of codes when there are several. */
export function renderExplanations(errors: readonly Explanation[]): string {
  const [only] = errors
  if (only && errors.length === 1) return renderExplanation(only)
  const width = Math.max(...errors.map(({ code }) => code.length))
  return errors
    .map(({ code, exitCode, message }) => `${code.padEnd(width)}  ${String(exitCode).padStart(3)}  ${message}`)
    .join('\n')
}

function renderExplanation({ code, category, exitCode, retryable, message, hint, docs }: Explanation): string {
  const retry = retryable ? ' · may work when tried again' : ''
  return [
    `${code}  ${category} · exit ${exitCode}${retry}`,
    '',
    wrapText(docs, 80),
    '',
    `says  ${wrapText(message, 74, 6)}`,
    `fix   ${wrapText(hint, 74, 6)}`,
  ].join('\n')
}

import { AGENT_ERRORS } from './agent-error-sentences.ts'
import { COMPUTE_ERRORS } from './compute-error-sentences.ts'
import type { ErrorSentence } from './error-sentence.ts'
import { LIBRARY_ERRORS } from './library-error-sentences.ts'
import { STORAGE_ERRORS } from './storage-error-sentences.ts'
import { SYSTEM_ERRORS } from './system-error-sentences.ts'

/** By the error's name, or by its full signature where two contracts use one name for different things. */
export const ERROR_SENTENCES: Readonly<Record<string, ErrorSentence>> = {
  ...LIBRARY_ERRORS,
  ...STORAGE_ERRORS,
  ...SYSTEM_ERRORS,
  ...COMPUTE_ERRORS,
  ...AGENT_ERRORS,
}

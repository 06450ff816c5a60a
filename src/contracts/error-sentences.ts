/**
 * What a custom error means, in a sentence, and what to do about it: keyed by the error's name, or by its full signature where
 * two contracts use one name for different things. `{provided}` is filled from the error's argument of that name; `{provided:0G}`
 * reads it as wei, `{lockTime:s}` as seconds.
 */
export type ErrorSentence = { sentence: string; hint: string }

export const ERROR_SENTENCES: Readonly<Record<string, ErrorSentence>> = {}

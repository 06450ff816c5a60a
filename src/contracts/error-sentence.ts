/**
 * What a custom error means, in a sentence, and what to do about it. `{provided}` is filled from the error's argument of that
 * name; `{provided:0G}` reads it as wei, `{lockTime:s}` as seconds.
 */
export type ErrorSentence = readonly [sentence: string, hint: string]

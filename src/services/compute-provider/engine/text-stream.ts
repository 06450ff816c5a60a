/**
 * Turns a growing list of tokens into text pieces that can be sent at once: holds back bytes of an unfinished character and
 * anything that might still become a stop sequence.
 */
export type TextStream = {
  /** text that became certain with this token; '' when none did */
  push(token: number): string
  /** what is still held back at the end */
  flush(): string
  /** a stop sequence was completed: nothing more must be generated */
  readonly isStopped: boolean
}

/** A replacement character at the end means that a multi-byte character is not complete yet. */
const UNFINISHED = '�'
/** A character has at most four bytes, hence four tokens; what is still unfinished then is not text at all. */
const LONGEST_CHARACTER_TOKENS = 4
/** Decoding from a little before the news keeps joins right (spaces, multi-token characters) without decoding everything again. */
const CONTEXT_TOKENS = 8

/** @param decode text of a run of tokens, special tokens left out */
export function createTextStream(
  decode: (tokens: readonly number[]) => string,
  stop: readonly string[] = [],
): TextStream {
  const tokens: number[] = []
  let sentTokens = 0
  let held = ''
  let isStopped = false
  const longestStop = Math.max(0, ...stop.map((sequence) => sequence.length))

  const release = (isLast: boolean): string => {
    const hit = stop
      .filter((sequence) => sequence.length > 0)
      .map((sequence) => held.indexOf(sequence))
      .filter((index) => index >= 0)
    if (hit.length > 0) {
      const piece = held.slice(0, Math.min(...hit))
      held = ''
      isStopped = true
      return piece
    }
    const keep = isLast || longestStop === 0 ? 0 : longestPossibleStop(held, stop)
    const piece = held.slice(0, held.length - keep)
    held = held.slice(held.length - keep)
    return piece
  }

  const decodeNews = (isLast: boolean): void => {
    const from = Math.max(0, sentTokens - CONTEXT_TOKENS)
    const before = sentTokens > from ? decode(tokens.slice(from, sentTokens)) : ''
    const after = decode(tokens.slice(from))
    if (after.endsWith(UNFINISHED) && !isLast && tokens.length - sentTokens < LONGEST_CHARACTER_TOKENS) return
    held += after.slice(before.length)
    sentTokens = tokens.length
  }

  return {
    push(token) {
      if (isStopped) return ''
      tokens.push(token)
      decodeNews(false)
      return release(false)
    },
    flush() {
      if (isStopped) return ''
      if (sentTokens < tokens.length) decodeNews(true)
      return release(true)
    },
    get isStopped() {
      return isStopped
    },
  }
}

/** Length of the longest end of `text` that begins a stop sequence. */
function longestPossibleStop(text: string, stop: readonly string[]): number {
  let longest = 0
  for (const sequence of stop) {
    for (let length = Math.min(sequence.length - 1, text.length); length > longest; length--) {
      if (sequence.startsWith(text.slice(text.length - length))) {
        longest = length
        break
      }
    }
  }
  return longest
}

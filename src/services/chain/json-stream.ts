/**
 * Cuts a stream of characters into the JSON objects and arrays that follow each other in it, with or without white space between, as
 * geth's IPC sends them. It looks at brackets and strings only; whether a text is JSON its reader finds out.
 */
export class JsonStream {
  readonly #maxChars: number
  #rest = ''
  /** how far `rest` was looked at, and what that found */
  #at = 0
  #depth = 0
  #isString = false
  #start = 0

  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }

  /** Texts that are complete with this chunk. @throws RangeError when what comes is no object or array, or is too long */
  take(chunk: string): string[] {
    this.#rest += chunk
    const texts: string[] = []
    for (; this.#at < this.#rest.length; this.#at++) {
      const char = this.#rest.charCodeAt(this.#at)
      if (this.#isString) {
        if (char === BACKSLASH) this.#at++
        else if (char === QUOTE) this.#isString = false
      } else if (char === QUOTE && this.#depth > 0) this.#isString = true
      else if (char === BRACE || char === BRACKET) {
        if (this.#depth++ === 0) this.#start = this.#at
      } else if (char === BRACE_END || char === BRACKET_END) {
        this.#depth--
        if (this.#depth < 0) throw new RangeError('a bracket closes nothing')
        if (this.#depth === 0) texts.push(this.#rest.slice(this.#start, this.#at + 1))
      } else if (this.#depth === 0 && char > SPACE) throw new RangeError('expected an object or an array')
    }
    const keepFrom = this.#depth === 0 ? this.#rest.length : this.#start
    this.#rest = this.#rest.slice(keepFrom)
    this.#at -= keepFrom
    this.#start = 0
    if (this.#rest.length > this.#maxChars) throw new RangeError('the text is too long')
    return texts
  }
}

const SPACE = 0x20
const QUOTE = 0x22
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

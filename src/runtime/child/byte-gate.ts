/**
 * Lets as many bytes of requests in as may be in memory at once; the rest wait in line, on their connections. One that is larger
 * than the limit comes in alone.
 */
export class ByteGate {
  readonly #maxBytes: number
  readonly #line: { bytes: number; enter: () => void }[] = []
  #insideBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Waits for its turn; the function returned leaves again, and must be called once. */
  async enter(sizeBytes: number): Promise<() => void> {
    const bytes = Math.min(sizeBytes, this.#maxBytes)
    if (this.#line.length > 0 || this.#insideBytes + bytes > this.#maxBytes) {
      await new Promise<void>((resolve) => this.#line.push({ bytes, enter: resolve }))
    } else this.#insideBytes += bytes
    return () => {
      this.#insideBytes -= bytes
      for (let next = this.#line[0]; next; next = this.#line[0]) {
        if (this.#insideBytes + next.bytes > this.#maxBytes) break
        this.#insideBytes += next.bytes
        this.#line.shift()
        next.enter()
      }
    }
  }
}

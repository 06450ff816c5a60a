/** Lets reads run side by side, and now and then one piece of work alone, between them. */
export class ReadGate {
  #readers = 0
  #onNoReaders: (() => void) | undefined
  /** set while somebody is alone: when that is over */
  #exclusive: Promise<void> | undefined

  /** Runs a read, once nobody is alone. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#exclusive) await this.#exclusive
    this.#readers++
    try {
      return await work()
    } finally {
      this.#readers--
      if (this.#readers === 0) this.#onNoReaders?.()
    }
  }

  /** Runs `work` while no read is under way. One at a time: the caller sees to that. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exclusive = promise
    try {
      if (this.#readers > 0) await new Promise<void>((done) => (this.#onNoReaders = done))
      this.#onNoReaders = undefined
      return await work()
    } finally {
      this.#exclusive = undefined
      resolve()
    }
  }
}

/** The newest `capacity` values; pushing one more forgets the oldest. */
export class RingBuffer<T> {
  readonly #capacity: number
  readonly #values: T[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  push(value: T): void {
    if (this.#values.length < this.#capacity) this.#values.push(value)
    else this.#values[this.#next] = value
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** The newest `count` values, oldest first. */
  newest(count: number): T[] {
    const ordered =
      this.#values.length < this.#capacity
        ? this.#values
        : [...this.#values.slice(this.#next), ...this.#values.slice(0, this.#next)]
    return ordered.slice(Math.max(0, ordered.length - count))
  }
}

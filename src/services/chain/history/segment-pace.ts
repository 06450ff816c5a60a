/** Requests of a segment, after which a fresh engine takes over: a second of replaying, and 75 MB of memory in the engine. */
const SEGMENT_REQUESTS = 3_072
/**
 * A segment in which the chain often went back (a test suite with its snapshots) may be longer: its snapshots cost a replay once
 * their engine is gone.
 */
const MANY_REVERTS = 8
const LONGER = 4
/** Requests between two slices of the work that prepares the end of a segment, in its second half. */
const SLICE_EVERY = 16

/** Says when a segment is to end, by how many requests it has. */
export class SegmentPace {
  readonly #length: number
  #requests = 0
  #endsAt: number
  #reverts = 0

  constructor(length: number = SEGMENT_REQUESTS) {
    this.#length = length
    this.#endsAt = length
  }

  /** Counts requests. @returns what is to be done about them */
  count(requests: number): 'end' | 'slice' | undefined {
    const before = this.#requests
    this.#requests += requests
    if (this.#requests >= this.#endsAt * (this.#reverts > MANY_REVERTS ? LONGER : 1)) return 'end'
    const isNextSlice = Math.floor(before / SLICE_EVERY) < Math.floor(this.#requests / SLICE_EVERY)
    return before > this.#length / 2 && isNextSlice ? 'slice' : undefined
  }

  /** The chain went back within the segment. */
  wentBack(): void {
    this.#reverts++
  }

  /** The segment could not end: soon again, or after another length of it. */
  postpone(isForLong: boolean): void {
    this.#endsAt = this.#requests + (isForLong ? this.#length : SLICE_EVERY)
  }

  /** A new segment begins. */
  begin(): void {
    this.#requests = 0
    this.#reverts = 0
    this.#endsAt = this.#length
  }
}

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { Refusal } from './answer.ts'

/** What clients that poll look for, to the letter. */
export const PENDING = 'Pending in queue'
export const PASSED = 'Pass - Verified'
const FAILED = 'Fail - Unable to verify'

const MAX_WAITING = 32
const MAX_REMEMBERED = 1_000

type Job = () => Promise<void>

/** Verifications, one at a time: a compiler takes a whole core and hundreds of megabytes. */
export class VerificationQueue {
  readonly #log: Logger
  readonly #states = new Map<string, string>()
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  constructor(log: Logger) {
    this.#log = log
  }

  /** Takes a job; returns the id to ask for. @throws Refusal when too many wait */
  add(job: Job): string {
    if (this.#waiting >= MAX_WAITING)
      throw new Refusal(`${MAX_WAITING} verifications are waiting, please try again later`)
    const id = randomBytes(25).toString('hex')
    this.#waiting++
    this.#remember(id, PENDING)
    this.#last = this.#last.then(async () => {
      this.#remember(id, await this.#run(job))
      this.#waiting--
    })
    return id
  }

  /** State of a job in Etherscan's words, or undefined for an id that is not known. */
  stateOf(id: string): string | undefined {
    return this.#states.get(id)
  }

  /** Waits for what is under way to end. */
  idle(): Promise<void> {
    return this.#last
  }

  async #run(job: Job): Promise<string> {
    try {
      await job()
      return PASSED
    } catch (error) {
      if (!(error instanceof Refusal)) this.#log.error({ err: error }, 'verification failed')
      return `${FAILED}. ${error instanceof Error ? error.message : String(error)}`
    }
  }

  #remember(id: string, state: string): void {
    this.#states.set(id, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > MAX_REMEMBERED && oldest !== undefined) this.#states.delete(oldest)
  }
}

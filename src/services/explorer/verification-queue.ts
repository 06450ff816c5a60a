import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { Refusal } from './answer.ts'

/** What clients that poll look for, to the letter. */
const PENDING = 'Pending in queue'
export const PASSED = 'Pass - Verified'
const FAILED = 'Fail - Unable to verify'

const MAX_WAITING = 32
const MAX_REMEMBERED = 1_000
/** forge asks again only after 15 s: an answer that comes a little later comes much sooner. */
const ANSWER_WITHIN_MS = 10_000

type Job = () => Promise<void>

/** Verifications, one at a time: a compiler takes a whole core and hundreds of megabytes. */
export class VerificationQueue {
  readonly #log: Logger
  readonly #results = new Map<string, Promise<string>>()
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(log: Logger) {
    this.#log = log
  }

  /** Takes a job; returns the id to ask for. @throws Refusal when too many wait */
  add(job: Job): string {
    if (this.#waiting >= MAX_WAITING)
      throw new Refusal(`${MAX_WAITING} verifications are waiting, please try again later`)
    const id = randomBytes(25).toString('hex')
    this.#waiting++
    const result = this.#last.then(() => this.#run(job))
    this.#last = result
    this.#results.set(id, result)
    const [oldest] = this.#results.keys()
    if (this.#results.size > MAX_REMEMBERED && oldest !== undefined) this.#results.delete(oldest)
    return id
  }

  /** State of a job in Etherscan's words, waited for a while; undefined for an id that is not known. */
  async stateOf(id: string): Promise<string | undefined> {
    const result = this.#results.get(id)
    if (!result) return undefined
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS, PENDING)
    })
    return Promise.race([result, late]).finally(() => clearTimeout(timer))
  }

  /** Waits for what is under way to end. */
  async idle(): Promise<void> {
    await this.#last
  }

  async #run(job: Job): Promise<string> {
    try {
      await job()
      return PASSED
    } catch (error) {
      if (!(error instanceof Refusal)) this.#log.error({ err: error }, 'verification failed')
      return `${FAILED}. ${error instanceof Error ? error.message : String(error)}`
    } finally {
      this.#waiting--
    }
  }
}

import { ogError } from '../errors/og-error.ts'

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export type StopSignal = keyof typeof SIGNAL_EXIT_CODES

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an AbortSignal. The first one aborts, so that running work can clean up; the work
 * then has `graceMs` to settle. A second one ends the process at once.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #graceMs: number
  readonly #interrupted = Promise.withResolvers<never>()
  #signal: StopSignal | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(graceMs: number) {
    this.#graceMs = graceMs
    this.#interrupted.promise.catch(() => {})
    for (const signal of signals()) process.on(signal, this.#onSignal)
  }

  /** aborts, with the INTERRUPTED error as its reason, when the process was asked to stop */
  get abort(): AbortSignal {
    return this.#controller.signal
  }

  /** 130, 143 or 129 once a signal came, else undefined */
  get exitCode(): number | undefined {
    return this.#signal && SIGNAL_EXIT_CODES[this.#signal]
  }

  /** Settles as `work` does; after a signal, work that has not settled within the grace is left behind with INTERRUPTED. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#interrupted.promise])
  }

  release(): void {
    clearTimeout(this.#timer)
    for (const signal of signals()) process.off(signal, this.#onSignal)
  }

  readonly #onSignal = (signal: NodeJS.Signals) => {
    if (this.#signal) process.exit(SIGNAL_EXIT_CODES[this.#signal])
    this.#signal = signal as StopSignal
    const error = ogError('INTERRUPTED', { signal })
    this.#controller.abort(error)
    if (Number.isFinite(this.#graceMs)) {
      this.#timer = setTimeout(() => this.#interrupted.reject(error), this.#graceMs)
    }
  }
}

function signals(): StopSignal[] {
  return Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]
}

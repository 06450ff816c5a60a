import { ogError } from '../errors/og-error.ts'
import { onStdoutClosed } from './stdio.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A reader that had enough (`| head`) stands for SIGPIPE, which Node never delivers; it is no failure. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 0 } as const

type StopReason = keyof typeof EXIT_CODES

/**
 * Turns SIGINT, SIGTERM, SIGHUP and the loss of stdout's reader into an AbortSignal. The first one aborts, so that running work
 * can clean up; the work then has `graceMs` to settle. A second signal ends the process at once.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #graceMs: number
  readonly #interrupted = Promise.withResolvers<never>()
  readonly #unsubscribe: () => void
  #stoppedBy: StopReason | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(graceMs: number) {
    this.#graceMs = graceMs
    this.#interrupted.promise.catch(() => {})
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
    this.#unsubscribe = onStdoutClosed(() => this.#stop('SIGPIPE'))
  }

  /** aborts, with the INTERRUPTED error as its reason, when the process was asked to stop */
  get abort(): AbortSignal {
    return this.#controller.signal
  }

  /** 130, 143 or 129 once a signal came, 0 once nobody reads stdout, else undefined */
  get exitCode(): number | undefined {
    return this.#stoppedBy && EXIT_CODES[this.#stoppedBy]
  }

  /** Settles as `work` does; after a signal, work that has not settled within the grace is left behind with INTERRUPTED. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#interrupted.promise])
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#unsubscribe()
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  readonly #onSignal = (signal: NodeJS.Signals) => {
    if (this.#stoppedBy) process.exit(EXIT_CODES[this.#stoppedBy])
    this.#stop(signal as StopReason)
  }

  #stop(reason: StopReason): void {
    if (this.#stoppedBy) return
    this.#stoppedBy = reason
    const error = ogError('INTERRUPTED', { signal: reason })
    this.#controller.abort(error)
    if (Number.isFinite(this.#graceMs)) {
      this.#timer = setTimeout(() => this.#interrupted.reject(error), this.#graceMs)
    }
  }
}

import { setMaxListeners } from 'node:events'
import type { Endpoints } from './service.ts'

/** Endpoints of the other services as the supervisor reports them; a name that is not known yet can be awaited. */
export class PeerBook {
  readonly #known = new Map<string, Endpoints>()
  readonly #waiting = new Map<string, PromiseWithResolvers<Endpoints>>()
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    setMaxListeners(0, signal)
    signal.addEventListener('abort', () => {
      for (const waiter of this.#waiting.values()) waiter.reject(signal.reason)
    })
  }

  /** Endpoints of `name`, now or as soon as it is ready; rejects with the abort reason when the service must stop. */
  get(name: string): Promise<Endpoints> {
    const endpoints = this.#known.get(name)
    if (endpoints) return Promise.resolve(endpoints)
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason)
    const waiter = this.#waiting.get(name) ?? Promise.withResolvers<Endpoints>()
    this.#waiting.set(name, waiter)
    return waiter.promise
  }

  set(name: string, endpoints: Endpoints): void {
    this.#known.set(name, endpoints)
    this.#waiting.get(name)?.resolve(endpoints)
    this.#waiting.delete(name)
  }
}

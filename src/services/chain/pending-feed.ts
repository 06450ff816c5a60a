import type { Hex } from '../../client/chain/rpc.ts'

/** Hashes of transactions in the moment the chain accepts them, for filters and subscriptions. */
export class PendingFeed {
  readonly #listeners = new Set<(hash: Hex) => void>()

  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  accepted(hash: Hex): void {
    for (const listener of this.#listeners) listener(hash)
  }

  /** @returns stops it */
  onAccepted(listener: (hash: Hex) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

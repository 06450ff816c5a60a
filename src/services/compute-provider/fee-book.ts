import type { Usage } from '../../protocol/compute/fee.ts'
import { responseText } from '../../protocol/compute/response-signature.ts'
import { type SettledRequest, type SettlementStatus, settledRequestHash } from '../../protocol/compute/settlement.ts'
import type { Hex } from '../../protocol/ecdsa.ts'
import { type Journal, openJournal } from './journal.ts'

/** One answered request and what it costs. Amounts are decimal text in neuron, as they stand in the journal. */
export type FeeRow = {
  chatId: string
  /** the `id` of the completion, under which clients may ask for the signature as well */
  completionId: string
  user: Hex
  requestHash: string
  responseHash: string
  usage: Usage
  feeWei: string
  inputFeeWei: string
  outputFeeWei: string
  createdAt: string
}

/** A signed settlement of some rows of one user, as it is sent to the contract. */
export type SettlementOrder = {
  user: Hex
  nonce: string
  requestsHash: Hex
  totalFeeWei: string
  signature: Hex
  chatIds: string[]
}

/** How a settlement ended on chain. */
export type SettlementOutcome = {
  user: Hex
  nonce: string
  status: SettlementStatus
  unsettledWei: string
  txHash: Hex | null
}

type JournalRecord =
  | { type: 'fee'; row: FeeRow }
  | { type: 'settling'; order: SettlementOrder }
  | { type: 'settled'; outcome: SettlementOutcome }

export type SettledInfo = { order: SettlementOrder; outcome: SettlementOutcome | undefined; requests: SettledRequest[] }

/** Settled rows are kept for signature and settlement look-ups; beyond this many the oldest leave memory (not the journal). */
const KEPT_SETTLED_ROWS = 10_000

/**
 * The provider's accounting: which answered requests are not paid yet. Everything is in a journal before the world sees it, so
 * after a kill -9 the book stands exactly where the last acknowledged record left it: a row is settled once or is still open.
 */
export class FeeBook {
  readonly #journal: Journal<JournalRecord>
  readonly #state: BookState
  readonly #reserved = new Map<Hex, bigint>()

  private constructor(journal: Journal<JournalRecord>, state: BookState) {
    this.#journal = journal
    this.#state = state
  }

  /** Opens the journal at `path` and replays it. @throws OgError JOURNAL_DAMAGED */
  static async open(path: string): Promise<FeeBook> {
    const state = new BookState()
    return new FeeBook(await openJournal<JournalRecord>(path, (record) => state.apply(record)), state)
  }

  /** Writes down an answered request; resolves once it is on disk, before which its last byte must not leave. */
  async add(row: FeeRow): Promise<void> {
    await this.#record({ type: 'fee', row })
  }

  /** Writes down a settlement that is about to be sent. */
  async beginSettlement(order: SettlementOrder): Promise<void> {
    await this.#record({ type: 'settling', order })
  }

  /** Writes down how a settlement ended: paid rows are done, the rest is open again. */
  async endSettlement(outcome: SettlementOutcome): Promise<void> {
    await this.#record({ type: 'settled', outcome })
  }

  /** Fees of a user that no settlement has paid yet, sent or not. Neuron. */
  unsettledWei(user: Hex): bigint {
    return this.#state.unsettledWei(user)
  }

  /** Sets aside the largest fee of a request in flight, so that concurrent requests cannot spend the same balance; call the result to release it. */
  reserve(user: Hex, feeWei: bigint): () => void {
    this.#reserved.set(user, this.reservedWei(user) + feeWei)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      const rest = this.reservedWei(user) - feeWei
      if (rest > 0n) this.#reserved.set(user, rest)
      else this.#reserved.delete(user)
    }
  }

  reservedWei(user: Hex): bigint {
    return this.#reserved.get(user) ?? 0n
  }

  /** Open rows by user, oldest first; users with a settlement under way are left out. */
  openRows(): ReadonlyMap<Hex, readonly FeeRow[]> {
    return this.#state.openRows()
  }

  /** Settlements that were begun and whose end is not known: a crash or an unreachable chain left them. */
  unfinishedSettlements(): readonly SettlementOrder[] {
    return [...this.#state.unfinished.values()]
  }

  lastNonce(user: Hex): bigint {
    return this.#state.lastNonce.get(user) ?? 0n
  }

  /** The answered request of a chat id or completion id. */
  find(id: string): FeeRow | undefined {
    return this.#state.find(id)
  }

  /** The settlement a request is part of, with everything its requests hash was made of. */
  settlementOf(chatId: string): SettledInfo | undefined {
    return this.#state.settlementOf(chatId)
  }

  async close(): Promise<void> {
    await this.#journal.close()
  }

  async #record(record: JournalRecord): Promise<void> {
    await this.#journal.append(record)
    this.#state.apply(record)
  }
}

/** The part of a settlement's hash that comes from one row. */
export function settledRequestOf(row: FeeRow): SettledRequest {
  return {
    requestHash: settledRequestHash(row.chatId, responseText(row.requestHash, row.responseHash)),
    feeWei: BigInt(row.feeWei),
    inputFeeWei: BigInt(row.inputFeeWei),
    outputFeeWei: BigInt(row.outputFeeWei),
  }
}

/** The book in memory: a pure function of the records applied. */
class BookState {
  readonly lastNonce = new Map<Hex, bigint>()
  readonly unfinished = new Map<string, SettlementOrder>()
  readonly #rows = new Map<string, FeeRow>()
  readonly #byCompletion = new Map<string, string>()
  readonly #open = new Map<Hex, Map<string, FeeRow>>()
  readonly #settlements = new Map<string, { order: SettlementOrder; outcome: SettlementOutcome | undefined }>()
  readonly #settledRows: string[] = []

  apply(record: JournalRecord): void {
    switch (record.type) {
      case 'fee':
        this.#addRow(record.row)
        return
      case 'settling': {
        const { order } = record
        this.unfinished.set(keyOf(order), order)
        this.lastNonce.set(order.user, BigInt(order.nonce))
        for (const chatId of order.chatIds) this.#settlements.set(chatId, { order, outcome: undefined })
        return
      }
      case 'settled':
        this.#settle(record.outcome)
    }
  }

  unsettledWei(user: Hex): bigint {
    let total = 0n
    for (const row of this.#open.get(user)?.values() ?? []) total += BigInt(row.feeWei)
    return total
  }

  openRows(): Map<Hex, FeeRow[]> {
    const busy = new Set([...this.unfinished.values()].map((order) => order.user))
    const rows = new Map<Hex, FeeRow[]>()
    for (const [user, open] of this.#open) if (!busy.has(user) && open.size > 0) rows.set(user, [...open.values()])
    return rows
  }

  find(id: string): FeeRow | undefined {
    return this.#rows.get(id) ?? this.#rows.get(this.#byCompletion.get(id) ?? '')
  }

  settlementOf(chatId: string): SettledInfo | undefined {
    const settlement = this.#settlements.get(chatId)
    if (!settlement) return undefined
    const rows = settlement.order.chatIds.map((id) => this.#rows.get(id))
    return { ...settlement, requests: rows.filter((row) => row !== undefined).map(settledRequestOf) }
  }

  #addRow(row: FeeRow): void {
    this.#rows.set(row.chatId, row)
    this.#byCompletion.set(row.completionId, row.chatId)
    if (row.feeWei === '0') return
    const open = this.#open.get(row.user) ?? new Map<string, FeeRow>()
    this.#open.set(row.user, open.set(row.chatId, row))
  }

  #settle(outcome: SettlementOutcome): void {
    const order = this.unfinished.get(keyOf(outcome))
    if (!order) return
    this.unfinished.delete(keyOf(outcome))
    const isPaid = outcome.status === 'SUCCESS' || outcome.status === 'PARTIAL'
    for (const chatId of order.chatIds) {
      if (!isPaid) {
        this.#settlements.delete(chatId)
        continue
      }
      this.#settlements.set(chatId, { order, outcome })
      this.#open.get(order.user)?.delete(chatId)
      this.#settledRows.push(chatId)
    }
    if (isPaid && outcome.unsettledWei !== '0') this.#addRow(remainderRow(order, outcome))
    this.#forgetOldRows()
  }

  #forgetOldRows(): void {
    for (const chatId of this.#settledRows.splice(0, Math.max(0, this.#settledRows.length - KEPT_SETTLED_ROWS))) {
      const row = this.#rows.get(chatId)
      this.#rows.delete(chatId)
      this.#settlements.delete(chatId)
      if (row) this.#byCompletion.delete(row.completionId)
    }
  }
}

/** What a settlement could not collect because the balance was too short stays owed, as a row of its own. */
function remainderRow(order: SettlementOrder, outcome: SettlementOutcome): FeeRow {
  const id = `remainder-${order.user}-${order.nonce}`
  const hash = order.requestsHash.slice(2)
  return {
    chatId: id,
    completionId: id,
    user: order.user,
    requestHash: hash,
    responseHash: hash,
    usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    feeWei: outcome.unsettledWei,
    inputFeeWei: outcome.unsettledWei,
    outputFeeWei: '0',
    createdAt: '',
  }
}

function keyOf({ user, nonce }: { user: Hex; nonce: string }): string {
  return `${user} ${nonce}`
}

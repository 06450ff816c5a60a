import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Page } from './answer.ts'
import type { TransactionRow, TransferRow } from './index-rows.ts'
import type { InternalCall } from './internal-calls.ts'

/** Another layout means another file: what an index holds can be read from the chain again. */
const VERSION = 1

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
  block INTEGER, position INTEGER, hash TEXT, sender TEXT, recipient TEXT, created TEXT, timestamp INTEGER, blockHash TEXT,
  nonce TEXT, value TEXT, gas TEXT, gasPrice TEXT, gasUsed TEXT, cumulativeGasUsed TEXT, status INTEGER, input TEXT,
  PRIMARY KEY (block, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_sender ON transactions (sender, block, position);
CREATE INDEX IF NOT EXISTS transactions_recipient ON transactions (recipient, block, position);
CREATE INDEX IF NOT EXISTS transactions_created ON transactions (created) WHERE created IS NOT NULL;
CREATE INDEX IF NOT EXISTS transactions_hash ON transactions (hash);
CREATE TABLE IF NOT EXISTS transfers (
  block INTEGER, position INTEGER, logIndex INTEGER, token TEXT, sender TEXT, recipient TEXT, standard INTEGER, value TEXT,
  PRIMARY KEY (block, logIndex)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfers_sender ON transfers (sender, block, logIndex);
CREATE INDEX IF NOT EXISTS transfers_recipient ON transfers (recipient, block, logIndex);
CREATE INDEX IF NOT EXISTS transfers_token ON transfers (token, block, logIndex);
CREATE TABLE IF NOT EXISTS calls (
  block INTEGER, position INTEGER, number INTEGER, sender TEXT, recipient TEXT, created TEXT, value TEXT, type TEXT,
  gas TEXT, gasUsed TEXT, error TEXT, path TEXT, input TEXT,
  PRIMARY KEY (block, position, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_sender ON calls (sender, block, position);
CREATE INDEX IF NOT EXISTS calls_recipient ON calls (recipient, block, position);
CREATE INDEX IF NOT EXISTS calls_created ON calls (created) WHERE created IS NOT NULL;
`

export type IndexHead = { number: number; hash: Hex }
export type CallRow = InternalCall & { hash: Hex; timestamp: number }
export type TransferAnswer = TransferRow & Omit<TransactionRow, keyof TransferRow>

type Filter = { address?: Hex | undefined; hash?: Hex | undefined; from: number; to: number }

/**
 * What each address did, on disk: transactions, token transfers, calls inside transactions. A write is one transaction of
 * SQLite together with the head it reaches, so a process that is killed finds the index at a block it had finished.
 */
export class AddressIndex {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    // What is lost after a power cut is read from the chain again.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000;')
    const { user_version } = this.#db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (user_version !== VERSION) this.#rebuild()
    this.#db.exec(SCHEMA)
  }

  /** The last block that is indexed; undefined before the first. */
  get head(): IndexHead | undefined {
    const text = this.#meta('head')
    return text === undefined ? undefined : (JSON.parse(text) as IndexHead)
  }

  /** The last block whose transactions were traced; -1 before the first. */
  get tracedTo(): number {
    return Number(this.#meta('traced') ?? -1)
  }

  /** Adds blocks up to `head` at once. */
  add(head: IndexHead, blocks: readonly IndexHead[], transactions: TransactionRow[], transfers: TransferRow[]): void {
    this.#atomically(() => {
      for (const { number, hash } of [...blocks, head])
        this.#run('INSERT OR REPLACE INTO blocks VALUES (?, ?)', number, hash)
      for (const row of transactions) this.#insert('transactions', row)
      for (const row of transfers) this.#insert('transfers', row)
      this.#setMeta('head', JSON.stringify(head))
    })
  }

  /** Adds the calls inside the transactions up to block `number`. */
  addCalls(number: number, calls: readonly InternalCall[]): void {
    this.#atomically(() => {
      for (const call of calls) this.#insert('calls', call)
      this.#setMeta('traced', String(number))
    })
  }

  /** Known blocks below `number`, the latest first. */
  *blocksBelow(number: number): Generator<IndexHead> {
    for (let below = number; ; ) {
      const row = this.#one<IndexHead>(
        'SELECT number, hash FROM blocks WHERE number < ? ORDER BY number DESC LIMIT 1',
        below,
      )
      if (!row) return
      yield row
      below = row.number
    }
  }

  /** Forgets everything after block `number`, which has that hash; without one, everything. */
  rewind(head: IndexHead | undefined): void {
    const after = head?.number ?? -1
    this.#atomically(() => {
      for (const table of ['transactions', 'transfers', 'calls'])
        this.#run(`DELETE FROM ${table} WHERE block > ?`, after)
      this.#run('DELETE FROM blocks WHERE number > ?', after)
      if (head) this.#setMeta('head', JSON.stringify(head))
      else this.#run("DELETE FROM meta WHERE name = 'head'")
      this.#setMeta('traced', String(Math.min(this.tracedTo, after)))
    })
  }

  transactions({ address, from, to }: Filter & { address: Hex }, page: Page): Iterable<TransactionRow> {
    return this.#union<TransactionRow>(
      ['sender', 'recipient', 'created'].map(
        (column) => `SELECT * FROM transactions WHERE ${column} = ?1 AND block BETWEEN ?2 AND ?3`,
      ),
      'block, position',
      page,
      [address, from, to],
    )
  }

  transfers(
    { address, token, standard, from, to }: Filter & { token?: Hex | undefined; standard: number },
    page: Page,
  ): Iterable<TransferAnswer> {
    const columns = address === undefined ? ['token'] : ['sender', 'recipient']
    const alsoToken = address !== undefined && token !== undefined ? ' AND r.token = ?5' : ''
    const values = [address ?? token ?? '', from, to, standard, ...(alsoToken ? [token ?? ''] : [])]
    return this.#union<TransferAnswer>(
      columns.map(
        (column) => `SELECT t.*, r.logIndex, r.token, r.sender, r.recipient, r.value, r.standard FROM transfers r
          JOIN (SELECT block, position, hash, timestamp, blockHash, nonce, gas, gasPrice, gasUsed, cumulativeGasUsed
            FROM transactions) t
          ON t.block = r.block AND t.position = r.position
          WHERE r.${column} = ?1 AND r.block BETWEEN ?2 AND ?3 AND r.standard = ?4${alsoToken}`,
      ),
      'block, logIndex',
      page,
      values,
    )
  }

  calls({ address, hash, from, to }: Filter, page: Page): Iterable<CallRow> {
    const select =
      'SELECT c.*, t.hash, t.timestamp FROM calls c JOIN transactions t ON t.block = c.block AND t.position = c.position WHERE '
    const filters = hash
      ? ['t.hash = ?1']
      : address
        ? ['sender', 'recipient', 'created'].map((column) => `c.${column} = ?1`)
        : ['?1 = 0']
    return this.#union<CallRow>(
      filters.map((filter) => `${select}${filter} AND c.block BETWEEN ?2 AND ?3`),
      'block, position, number',
      page,
      [hash ?? address ?? 0, from, to],
    )
  }

  /** Transactions of blocks in (after, last] that may hold calls, at most `limit`, in order. */
  traceable(after: number, last: number, limit: number): { block: number; position: number; hash: Hex }[] {
    return this.#prepare(
      "SELECT block, position, hash FROM transactions WHERE block > ? AND block <= ? AND gasUsed <> '21000' ORDER BY block, position LIMIT ?",
    ).all(after, last, limit) as { block: number; position: number; hash: Hex }[]
  }

  transaction(hash: Hex): TransactionRow | undefined {
    return this.#one('SELECT * FROM transactions WHERE hash = ?', hash)
  }

  /** The transaction whose recipient is empty that made a contract. */
  creation(address: Hex): TransactionRow | undefined {
    return this.#one('SELECT * FROM transactions WHERE created = ? AND status = 1 ORDER BY block DESC LIMIT 1', address)
  }

  /** The call inside a transaction that made a contract, with the code it was made from. */
  innerCreation(address: Hex): CallRow | undefined {
    return this.#one(
      "SELECT c.*, t.hash, t.timestamp FROM calls c JOIN transactions t ON t.block = c.block AND t.position = c.position WHERE c.created = ? AND c.error = '' ORDER BY c.block DESC LIMIT 1",
      address,
    )
  }

  close(): void {
    this.#db.close()
  }

  /** Rows of several selects, each once, in the order of the chain. */
  #union<T>(
    selects: string[],
    order: string,
    { isDescending, limit, skip }: Page,
    values: SQLInputValue[],
  ): Iterable<T> {
    const direction = isDescending ? 'DESC' : 'ASC'
    const by = order.replaceAll(/\w+/g, (column) => `${column} ${direction}`)
    // Each part brings no more than the page needs: an address with a million transactions costs a page.
    const parts = selects.map((select) => `SELECT * FROM (${select} ORDER BY ${by} LIMIT ${limit + skip})`)
    const sql = `SELECT * FROM (${parts.join(' UNION ')}) ORDER BY ${by} LIMIT ${limit} OFFSET ${skip}`
    // Not from the cache of statements: two readers of one statement would take rows from each other.
    return this.#db.prepare(sql).iterate(...values) as Iterable<T>
  }

  #insert(table: string, row: object): void {
    const columns = Object.keys(row)
    const sql = `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
    this.#run(sql, ...(Object.values(row) as SQLInputValue[]))
  }

  #atomically(work: () => void): void {
    this.#db.exec('BEGIN')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #meta(name: string): string | undefined {
    return this.#one<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value
  }

  #setMeta(name: string, value: string): void {
    this.#run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value)
  }

  #one<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #rebuild(): void {
    for (const table of ['meta', 'blocks', 'transactions', 'transfers', 'calls'])
      this.#db.exec(`DROP TABLE IF EXISTS ${table}`)
    this.#db.exec(`PRAGMA user_version = ${VERSION}`)
  }
}

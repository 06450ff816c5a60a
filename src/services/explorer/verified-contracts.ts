import { DatabaseSync } from 'node:sqlite'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Match } from './match-bytecode.ts'

/** A contract whose sources were compiled to its code. */
export type VerifiedContract = {
  address: Hex
  contract: string
  file: string
  /** as it was sent: one source, or standard JSON */
  sourceCode: string
  isStandardJson: boolean
  settings: Record<string, unknown>
  abi: unknown[]
  /** `v0.8.28+commit.7893614a` */
  compilerVersion: string
  /** hex without 0x */
  constructorArguments: string
  licenseType: string
  match: Match
}

/**
 * Verified contracts, on disk for good. They are found by address and code: what stands at an address after the chain went
 * back may be another contract.
 */
export class VerifiedContracts {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1000;
      CREATE TABLE IF NOT EXISTS contracts (address TEXT, codeHash TEXT, entry TEXT, PRIMARY KEY (address, codeHash)) WITHOUT ROWID`)
  }

  find(address: Hex, codeHash: Hex): VerifiedContract | undefined {
    const row = this.#db
      .prepare('SELECT entry FROM contracts WHERE address = ? AND codeHash = ?')
      .get(address, codeHash)
    return row && (JSON.parse((row as { entry: string }).entry) as VerifiedContract)
  }

  /** Keeps an entry: once this returns, it is on disk. One that matches exactly is only replaced by another that does. */
  add(codeHash: Hex, entry: VerifiedContract): void {
    if (entry.match !== 'exact' && this.find(entry.address, codeHash)?.match === 'exact') return
    this.#db
      .prepare('INSERT OR REPLACE INTO contracts VALUES (?, ?, ?)')
      .run(entry.address, codeHash, JSON.stringify(entry))
  }

  close(): void {
    this.#db.close()
  }
}

import type { EngineFactory } from './history/history.ts'
import type { WorldState } from './history/world-state.ts'
import type { OpenedJournal } from './journal.ts'
import type { JournalHeader } from './journal-record.ts'

export type ChainOptions = {
  createEngine: EngineFactory
  /** the state of block 0 of a header's chain, for engines that can begin with a given state; others replay their journal as a whole */
  genesisWorld?: (header: JournalHeader) => WorldState
  /** requests of a segment (a test's own number) */
  segmentRequests?: number
  /** where the journal and what is derived from it are kept */
  dataDir: string
  opened: OpenedJournal
  /** milliseconds between blocks, or null for one block per transaction */
  blockTimeMs: number | null
  /** seconds since 1970 */
  wallClock?: () => number
  /** a fresh engine could not take over, and the one at work stays: nothing is lost but memory and the time of the next start */
  onStay?: (error: unknown) => void
  /** the disk refused what was already applied: this process must end and start again from the journal */
  onFatal: (error: unknown) => void
}

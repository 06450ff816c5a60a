import { FlowTree } from '../../protocol/storage/flow-tree.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'

/** The submissions of the chain in order, with the tree over them. Derived from the chain alone, so never stored. */
export class FlowLog {
  #submissions: FlowSubmission[] = []
  #byRoot = new Map<Hex, number[]>()
  /** roots that were submitted at any time, also on a chain that was rewound since */
  readonly #everSubmitted = new Set<Hex>()
  tree = new FlowTree()
  /** counts how often the chain was read anew */
  generation = 0

  /** Sequence number the next submission will have. */
  get nextTxSeq(): number {
    return this.#submissions.length
  }

  get(txSeq: number): FlowSubmission | undefined {
    return this.#submissions[txSeq]
  }

  /** All submissions of a file root, oldest first. */
  ofRoot(root: Hex): FlowSubmission[] {
    return (this.#byRoot.get(root) ?? []).map((txSeq) => this.#submissions[txSeq] as FlowSubmission)
  }

  /** Whether a root was ever submitted: its data is kept, because a rewound chain often submits it again. */
  wasSubmitted(root: Hex): boolean {
    return this.#everSubmitted.has(root)
  }

  /** The submission that covers a sector of the flow. */
  atSector(sector: number): FlowSubmission | undefined {
    const found = this.#submissions.findLast(({ startEntryIndex }) => startEntryIndex <= sector)
    return found && sector < found.startEntryIndex + found.sectors ? found : undefined
  }

  /** Adds the next submission; false when its number is not the next one (the chain was rewound or events are missing). */
  append(submission: FlowSubmission): boolean {
    if (submission.txSeq !== this.#submissions.length) return false
    this.#submissions.push(submission)
    this.#byRoot.set(submission.root, [...(this.#byRoot.get(submission.root) ?? []), submission.txSeq])
    this.#everSubmitted.add(submission.root)
    this.tree.append(submission.startEntryIndex, submission.nodes)
    return true
  }

  clear(): void {
    this.generation += 1
    this.#submissions = []
    this.#byRoot = new Map()
    this.tree = new FlowTree()
  }
}

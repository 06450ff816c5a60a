import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FlowFollower } from '../../client/storage/flow-follower.ts'
import { toWireSegment } from '../../protocol/storage/file-layout.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { SegmentWithProof } from '../../protocol/storage/wire.ts'
import { FlowLog } from './flow-log.ts'
import { SegmentStore } from './segment-store.ts'
import { StorageNode } from './storage-node.ts'

const MINUTE_MS = 60_000

let dir: string
let store: SegmentStore
let submissions: FlowLog
let now = 0
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'og-node-'))
  store = await SegmentStore.open(dir, pino({ level: 'silent' }))
  submissions = new FlowLog()
  now = 0
})
afterEach(async () => {
  await store.close()
  await rm(dir, { recursive: true, force: true })
})

const open = (shardId = 0, numShard = 1): StorageNode =>
  new StorageNode({
    shard: { shardId, numShard },
    submissions,
    store,
    follower: { trySync: async () => undefined, head: { number: 0, hash: '0x' } } as unknown as FlowFollower,
    now: () => now,
  })

function file(size: number, seed: number): { segments: SegmentWithProof[]; submission: FlowSubmission } {
  const content = Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251)
  const { root, nodes, proof, layout } = fileTreeOf(content)
  const segments = Array.from({ length: layout.segments }, (_, index) => ({
    root,
    data: Buffer.from(toWireSegment(content.subarray(index * 262_144, (index + 1) * 262_144))).toString('base64'),
    index,
    proof: proof(index),
    fileSize: size,
  }))
  const submission = { txSeq: 0, root, nodes, startEntryIndex: 1024, sectors: layout.paddedChunks, sizeBytes: size }
  return { segments, submission: submission as FlowSubmission }
}

describe('segments before their transaction', () => {
  test('are kept for 300 seconds after the last of them, then forgotten', async () => {
    const node = open()
    const early = file(600_000, 1)
    const [first, second] = early.segments as [SegmentWithProof, SegmentWithProof]
    await node.putSegment(first, undefined)
    now = 4 * MINUTE_MS
    await node.putSegment(second, undefined)
    now = 8 * MINUTE_MS
    await node.putSegment(file(1000, 2).segments[0] as SegmentWithProof, undefined)
    expect(store.has(first.root, 0) && store.has(first.root, 1)).toBe(true)
    now = 10 * MINUTE_MS
    await node.putSegment(file(1000, 3).segments[0] as SegmentWithProof, undefined)
    expect(store.has(first.root, 0) || store.has(first.root, 1)).toBe(false)
  })

  test('stay for good once the transaction is there', async () => {
    const node = open()
    const { segments, submission } = file(600_000, 1)
    for (const segment of segments) await node.putSegment(segment, undefined)
    expect(submissions.append(submission)).toBe(true)
    expect(node.isFinalized(submission)).toBe(true)
    now = 60 * MINUTE_MS
    // Also when the chain was rewound meanwhile: it will be submitted again.
    submissions.clear()
    await node.putSegment(file(1000, 3).segments[0] as SegmentWithProof, undefined)
    submissions.append(submission)
    expect(node.isFinalized(submission)).toBe(true)
  })
})

describe('a segment that is on its way to the disk', () => {
  test('is acknowledged to a second sender only once it is there, and not when the disk refuses it', async () => {
    const gate = Promise.withResolvers<void>()
    await store.close()
    const write = async (): Promise<void> => await gate.promise
    store = await SegmentStore.open(join(dir, 'held'), pino({ level: 'silent' }), { write })
    const node = open()
    const [known, unknown] = [file(1000, 1), file(1000, 2)]
    submissions.append(known.submission)
    const segments = [
      [known.segments[0] as SegmentWithProof, known.submission],
      [unknown.segments[0] as SegmentWithProof, undefined],
    ] as const
    const answers: string[] = []
    const sent = [...segments, ...segments].map(([segment, submission]) =>
      node.putSegment(segment, submission).then(
        () => answers.push('stored'),
        (error: Error) => answers.push(error.message),
      ),
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toEqual([])
    gate.reject(new Error('ENOSPC'))
    await Promise.all(sent)
    expect(answers).toEqual(['ENOSPC', 'ENOSPC', 'ENOSPC', 'ENOSPC'])
  })
})

describe('what is missing', () => {
  test('own segments only, in any order of arrival, and again after one was lost', async () => {
    const node = open(1, 2)
    const { segments, submission } = file(6 * 262_144, 1)
    submissions.append(submission)
    // The file begins at segment 1 of the flow, so shard 1 of 2 has its even segments.
    expect([...node.missing(submission)]).toEqual([0, 2, 4])
    const completed: number[] = []
    node.onComplete = ({ txSeq }) => completed.push(txSeq)
    for (const index of [4, 1, 0]) await node.putSegment(segments[index] as SegmentWithProof, submission)
    expect([...node.missing(submission)]).toEqual([2])
    expect(completed).toEqual([])
    await node.putSegment(segments[2] as SegmentWithProof, submission)
    expect([...node.missing(submission)]).toEqual([])
    expect(completed).toEqual([0])
    store.drop(submission.root)
    node.recheck(submission.root)
    expect([...node.missing(submission)]).toEqual([0, 2, 4])
    expect(await node.takeSegment(submission, 2, segments[0])).toMatchObject({
      message: expect.stringContaining('position'),
    })
    expect(await node.takeSegment(submission, 2, segments[2])).toBeUndefined()
    expect([...node.missing(submission)]).toEqual([0, 4])
  })
})

import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FlowSubmission } from '../../../protocol/storage/submission.ts'
import type { StorageNode } from '../storage-node.ts'
import { FileSync } from './file-sync.ts'
import type { Peer, Peers } from './peers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a file of which only a range was asked for is fetched to its end afterwards', async () => {
  const submission = {
    txSeq: 0,
    root: '0x01',
    startEntryIndex: 1024,
    sizeBytes: 3 * 262_144,
  } as unknown as FlowSubmission
  const stored = new Set<number>()
  const missing = () => [0, 1, 2].filter((index) => !stored.has(index))
  const shard = { shardId: 0, numShard: 1 }
  const node = {
    shard,
    submissions: { generation: 0, nextTxSeq: 1, get: () => submission },
    isFinalized: () => missing().length === 0,
    missing,
    takeSegment: async (_: FlowSubmission, index: number) => void stored.add(index),
  } as unknown as StorageNode
  const request = async (method: string) =>
    method === 'zgs_getFileInfoByTxSeq' ? { finalized: true, tx: { dataMerkleRoot: '0x01' } } : {}
  const peer = { url: 'http://peer', config: shard, status: 'connected', rpc: { request } } as unknown as Peer
  const connected: Peer[] = []
  const peers = { connected: () => connected } as unknown as Peers
  const stop = new AbortController()
  const sync = new FileSync({ node, peers, log: pino({ level: 'silent' }), signal: stop.signal })
  sync.start()
  await vi.advanceTimersByTimeAsync(250)
  connected.push(peer)
  sync.fetch(submission, { first: 1, end: 2 })
  await vi.advanceTimersByTimeAsync(0)
  expect([[...stored], sync.jobs.get(0)?.state]).toEqual([[1], 'Completed'])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(missing()).toEqual([])
  expect(sync.jobs.get(0)?.state).toBe('Completed')
  stop.abort()
})

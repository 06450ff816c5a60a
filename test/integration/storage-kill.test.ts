import { expect, test } from 'vitest'
import { createRpc } from '../../src/client/chain/rpc.ts'
import { flowOf, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { toWireSegment } from '../../src/protocol/storage/file-layout.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { checkSegment } from '../../src/protocol/storage/segment-proof.ts'
import { SEGMENT_BYTES } from '../../src/protocol/storage/units.ts'
import type { SegmentWithProof } from '../../src/protocol/storage/wire.ts'
import { type ChildService, startChildService } from '../helpers/child-service.ts'
import { startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

const SEGMENTS = 40
const UPLOADS_AT_ONCE = 3
/** a process dies after this many acknowledged segments */
const KILL_EVERY = 8

test('kill -9 of shards, replicas and gateway under upload: nothing acknowledged is lost, nothing half-written served', async () => {
  await using network = await startStorageNetwork({ asProcesses: true, replicas: 2 })
  const content = vectorContent((SEGMENTS - 1) * SEGMENT_BYTES + 1000, 51)
  const tree = fileTreeOf(content)
  const flow = flowOf(network.profile)
  const submission = { sizeBytes: content.length, nodes: tree.nodes }
  const sent = await submitFiles(flow, [submission], { wallet: network.wallet, valueWei: 10n ** 18n })
  const txSeq = sent.submissions[0]?.txSeq as number

  const names = network.shards.map((_, i) => `storage-${i}`)
  const peers = Object.fromEntries(network.shards.map(({ url }, i) => [names[i], { node: url }]))
  const startGateway = (ports: Record<string, number>): Promise<ChildService> =>
    startChildService({
      folder: 'storage-gateway',
      config: { nodes: names },
      dataDir: `${network.directory}/gateway`,
      ports,
      peers,
    })
  let gatewayProcess = await startGateway({})
  const url = gatewayProcess.endpoints['node'] as string
  const ports = Object.fromEntries(
    Object.entries(gatewayProcess.endpoints).map(([name, at]) => [name, Number(new URL(at).port)]),
  )
  const gateway = createRpc(url)

  const segment = (index: number): SegmentWithProof => ({
    root: tree.root,
    data: Buffer.from(toWireSegment(content.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES))).toString(
      'base64',
    ),
    index,
    proof: tree.proof(index),
    fileSize: content.length,
  })
  const acknowledged = new Set<number>()
  const fetched = async (index: number): Promise<SegmentWithProof | null> =>
    await gateway.request<SegmentWithProof | null>('zgs_downloadSegmentWithProofByTxSeq', [txSeq, index])
  const isRight = (given: SegmentWithProof): boolean =>
    checkSegment({ ...given, root: tree.root, data: Buffer.from(given.data, 'base64'), fileSize: content.length }) ===
    undefined

  // Each in its turn: both copies of both shards, and the gateway.
  const victims = [
    ...names.map((_, i) => async () => {
      await network.processes[i]?.kill()
      await network.startShard(i)
    }),
    async () => {
      await gatewayProcess.kill()
      gatewayProcess = await startGateway(ports)
    },
  ]
  let killing: Promise<void> = Promise.resolve()
  let kills = 0
  const queue = Array.from({ length: SEGMENTS }, (_, index) => index)
  try {
    const upload = async (): Promise<void> => {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        while (!(await isTaken(index))) await new Promise((resolve) => setTimeout(resolve, 20))
        acknowledged.add(index)
        if (acknowledged.size % KILL_EVERY === 0) {
          const victim = victims[kills++ % victims.length] as () => Promise<void>
          killing = killing.then(victim)
        }
        // Meanwhile somebody reads: an answer is right or there is none.
        const [earlier] = [...acknowledged].slice(-1 - (index % acknowledged.size))
        const answer = await fetched(earlier as number).catch(() => null)
        if (answer) expect(isRight(answer)).toBe(true)
      }
    }
    const isTaken = async (index: number): Promise<boolean> => {
      try {
        await gateway.request('zgs_uploadSegmentsByTxSeq', [[segment(index)], txSeq])
        return true
      } catch (error) {
        return String(error).includes('already uploaded')
      }
    }
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, upload))
    await killing
    expect(kills).toBe(Math.floor(SEGMENTS / KILL_EVERY))

    await Promise.all(network.processes.map((node) => node.kill()))
    await Promise.all(names.map((_, i) => network.startShard(i)))
    for (const index of acknowledged) {
      const answer = (await fetched(index)) as SegmentWithProof
      expect(answer.index).toBe(index)
      expect(isRight(answer)).toBe(true)
    }
    expect(acknowledged.size).toBe(SEGMENTS)
  } finally {
    await gatewayProcess.stop()
  }
})

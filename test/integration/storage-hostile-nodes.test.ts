import { existsSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { getBytes, getToFile } from '../../src/client/storage/get.ts'
import { locateFile } from '../../src/client/storage/locate-file.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { statFile } from '../../src/client/storage/stat-file.ts'
import { isOgError } from '../../src/errors/og-error.ts'
import { parseFileInfo, parseShardedNodes } from '../../src/protocol/storage/node-answers.ts'
import { PROOF_HEADER } from '../../src/protocol/storage/segment-route.ts'
import type { SegmentWithProof } from '../../src/protocol/storage/wire.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

/** Nodes that lie: whatever they answer, wrong bytes never reach the reader, and nothing breaks but the read. */

const SIZE = 600_001
const CONTENT = vectorContent(SIZE, 5)
const MIB = 1024 ** 2

type Reply = { result?: unknown; error?: unknown }
type Bytes = { status: number; data: Buffer; proof: string }
/** What a liar does to answers; as they are where it does nothing. */
type Lies = {
  onSegment?: (bytes: Bytes) => Bytes | undefined
  onReply?: (method: string, reply: Reply) => unknown
}

let network: StorageNetwork
let root: string
let lies: Lies = {}
const servers: Server[] = []

beforeAll(async () => {
  network = await startStorageNetwork()
  root = (await putBytes(CONTENT, { profile: network.profile, wallet: network.wallet })).root
})
afterAll(async () => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  await network[Symbol.asyncDispose]()
})

/** A server in front of another, which lies as told. `rename` maps the addresses an indexer gives to those of the liars. */
async function startLiar(honest: string, rename: ReadonlyMap<string, string> = new Map()): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'GET') {
        const answer = await fetch(new URL(request.url ?? '/', honest))
        const data = Buffer.from(await answer.arrayBuffer())
        const given = { status: answer.status, data, proof: answer.headers.get(PROOF_HEADER) ?? '' }
        // Undefined: a node that does not know the route.
        const told = lies.onSegment ? lies.onSegment(given) : given
        if (!told) return response.writeHead(405).end()
        return response
          .writeHead(told.status, { 'content-length': told.data.length, [PROOF_HEADER]: told.proof })
          .end(told.data)
      }
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const body = Buffer.concat(parts).toString()
      let text = await (await fetch(honest, { method: 'POST', body })).text()
      for (const [from, to] of rename) text = text.replaceAll(from, to)
      const { method } = JSON.parse(body) as { method: string }
      const reply = JSON.parse(text) as Reply
      response.end(JSON.stringify(lies.onReply ? lies.onReply(method, reply) : reply))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The network as a client sees it whose indexer and nodes are all liars. A new address each time: clients remember addresses. */
async function lyingNetwork(): Promise<NetworkProfile> {
  const nodes = [network.gateway.url, ...network.shards.map(({ url }) => url)]
  const rename = new Map<string, string>()
  for (const url of nodes) rename.set(url, await startLiar(url))
  return { ...network.profile, storage: { indexer: await startLiar(network.profile.storage.indexer, rename) } }
}

/** A copy with one bit turned over. */
function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  const index = at % copy.length
  copy[index] = (copy[index] as number) ^ (1 << bit)
  return copy
}

/** Another digit in place `at` of the hash, or another step. */
function bentProof(proof: SegmentWithProof['proof'], at: number): SegmentWithProof['proof'] {
  const places = proof.lemma.length + proof.path.length
  const place = at % places
  if (place >= proof.lemma.length) {
    const step = place - proof.lemma.length
    return { lemma: proof.lemma, path: proof.path.map((isLeft, i) => (i === step ? !isLeft : isLeft)) }
  }
  const hash = proof.lemma[place] as string
  const digit = 2 + (Math.floor(at / places) % 64)
  const other = ((Number.parseInt(hash[digit] as string, 16) + 1) % 16).toString(16)
  const bent = `${hash.slice(0, digit)}${other}${hash.slice(digit + 1)}` as `0x${string}`
  return { path: proof.path, lemma: proof.lemma.map((one, i) => (i === place ? bent : one)) }
}

const where = fc.record({ inData: fc.boolean(), at: fc.nat(2 ** 20), bit: fc.nat(7) })

describe('one flipped bit in data or proof of any answer is refused', () => {
  test('of segments as bytes', async () => {
    const profile = await lyingNetwork()
    await fc.assert(
      fc.asyncProperty(where, async ({ inData, at, bit }) => {
        lies = {
          onSegment: (bytes) => {
            if (bytes.status !== 200) return bytes
            if (inData) return { ...bytes, data: flipped(bytes.data, at, bit) }
            return { ...bytes, proof: JSON.stringify(bentProof(JSON.parse(bytes.proof), at)) }
          },
          // The protocol's own method is asked next: it lies in the same way.
          onReply: (method, reply) => bendSegment(method, reply, { inData, at, bit }),
        }
        await expect(getBytes(root, { profile })).rejects.toMatchObject({ code: 'PROOF_INVALID' })
      }),
      { numRuns: 30, interruptAfterTimeLimit: 6_000 },
    )
  })

  test('of the protocol, from nodes that serve no bytes', async () => {
    const profile = await lyingNetwork()
    await fc.assert(
      fc.asyncProperty(where, async (place) => {
        lies = { onSegment: () => undefined, onReply: (method, reply) => bendSegment(method, reply, place) }
        await expect(getBytes(root, { profile })).rejects.toMatchObject({ code: 'PROOF_INVALID' })
      }),
      { numRuns: 30, interruptAfterTimeLimit: 6_000 },
    )
  })

  test('of a large file fetched in threads: nothing appears, and nothing is kept of it', async () => {
    const large = await putBytes(vectorContent(33 * MIB, 8), { profile: network.profile, wallet: network.wallet })
    const profile = await lyingNetwork()
    lies = {
      onSegment: (bytes) => (bytes.status === 200 ? { ...bytes, data: flipped(bytes.data, 1000, 0) } : bytes),
      onReply: (method, reply) => bendSegment(method, reply, { inData: true, at: 1000, bit: 0 }),
    }
    const target = join(network.directory, 'large')
    await expect(getToFile(large.root, target, { profile })).rejects.toMatchObject({ code: 'PROOF_INVALID' })
    expect(existsSync(target)).toBe(false)
    expect(readdirSync(network.directory).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('an honest node behind a lying one is enough', async () => {
    const profile = await lyingNetwork()
    let lied = 0
    lies = {
      onSegment: (bytes) => {
        lied += 1
        return bytes.status === 200 ? { ...bytes, data: flipped(bytes.data, 7, 7) } : bytes
      },
    }
    expect(Buffer.from(await getBytes(root, { profile })).equals(CONTENT)).toBe(true)
    expect(lied).toBeGreaterThan(0)
  })
})

function bendSegment(method: string, reply: Reply, place: { inData: boolean; at: number; bit: number }): Reply {
  if (method !== 'zgs_downloadSegmentWithProofByTxSeq' || !reply.result) return reply
  const segment = reply.result as SegmentWithProof
  if (!place.inData) return { ...reply, result: { ...segment, proof: bentProof(segment.proof, place.at) } }
  const data = flipped(Buffer.from(segment.data, 'base64'), place.at, place.bit).toString('base64')
  return { ...reply, result: { ...segment, data } }
}

describe('answers of any shape', () => {
  const near = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        tx: fc.oneof(
          fc.jsonValue(),
          fc.record({
            dataMerkleRoot: fc.constantFrom(`0x${'12'.repeat(32)}`, 'x'),
            merkleNodes: fc.jsonValue(),
            seq: fc.oneof(fc.nat(), fc.double()),
            size: fc.oneof(fc.nat(), fc.constant(1e300)),
            startEntryIndex: fc.oneof(fc.nat(), fc.constant(-1)),
          }),
        ),
        finalized: fc.oneof(fc.boolean(), fc.jsonValue()),
        uploadedSegNum: fc.oneof(fc.nat(), fc.jsonValue()),
        data: fc.string(),
        proof: fc.jsonValue(),
        trusted: fc.oneof(fc.jsonValue(), fc.array(fc.record({ url: fc.webUrl(), config: fc.jsonValue() }))),
      },
      { requiredKeys: [] },
    ),
  )

  test('are an error of the catalogue, or nothing at all', async () => {
    const profile = await lyingNetwork()
    const methods = ['zgs_getFileInfo', 'zgs_getFileInfoByTxSeq', 'zgs_downloadSegmentWithProofByTxSeq']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), near, fc.boolean(), async (method, answer, isWhole) => {
        lies = {
          onSegment: () => undefined,
          onReply: (asked, reply) => (asked !== method ? reply : isWhole ? { ...reply, result: answer } : answer),
        }
        for (const run of [getBytes, statFile, locateFile] as const) {
          const outcome = await run(root, { profile }).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(isOgError(outcome), String(outcome.stack)).toBe(true)
          if (outcome instanceof Uint8Array) expect(Buffer.from(outcome).equals(CONTENT)).toBe(true)
        }
      }),
      { numRuns: 30, interruptAfterTimeLimit: 6_000 },
    )
  })

  test('parse to the protocol or to nothing', () => {
    fc.assert(
      fc.property(near, (answer) => {
        const info = parseFileInfo(answer)
        if (info) expect(info.tx.merkleNodes.length).toBeGreaterThan(0)
        for (const { url, config } of parseShardedNodes(answer)?.trusted ?? []) {
          expect(URL.canParse(url) && config.shardId < config.numShard).toBe(true)
        }
      }),
    )
  })
})

test('a shard without a node is named by where, and by reads', async () => {
  await using shards = await startStorageNetwork({ asProcesses: true })
  const options = { profile: shards.profile, wallet: shards.wallet }
  const stored = await putBytes(vectorContent(900_000, 3), options)
  await shards.processes[1]?.kill()
  const location = await locateFile(stored.root, options)
  const dead = location.nodes.find(({ state }) => state === 'absent')
  expect(dead).toMatchObject({ shard: { shardId: 1, numShard: 2 }, url: '(no node)' })
  expect(location.holes).toEqual(dead?.own)
  await expect(getBytes(stored.root, options)).rejects.toMatchObject({ code: 'STORAGE_NODES_MISSING' })
})

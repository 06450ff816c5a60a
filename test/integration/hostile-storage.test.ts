import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../src/client/chain/rpc.ts'
import { flowOf, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { toWireSegment } from '../../src/protocol/storage/file-layout.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { type Hex, SEGMENT_BYTES } from '../../src/protocol/storage/units.ts'
import type { SegmentWithProof } from '../../src/protocol/storage/wire.ts'
import { rawHttp } from '../helpers/raw-http.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

/** What a browser, a broken client or somebody with bad intentions could send to shards and gateway. */
let network: StorageNetwork
let root: string
beforeAll(async () => {
  network = await startStorageNetwork()
  const stored = await putBytes(vectorContent(300_000), { profile: network.profile, wallet: network.wallet })
  root = stored.root
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

const METHODS = [
  'zgs_getStatus',
  'zgs_getShardConfig',
  'zgs_getFileInfo',
  'zgs_getFileInfoByTxSeq',
  'zgs_checkFileFinalized',
  'zgs_uploadSegment',
  'zgs_uploadSegmentByTxSeq',
  'zgs_uploadSegments',
  'zgs_uploadSegmentsByTxSeq',
  'zgs_downloadSegment',
  'zgs_downloadSegmentByTxSeq',
  'zgs_downloadSegmentWithProof',
  'zgs_downloadSegmentWithProofByTxSeq',
  'zgs_getSectorProof',
  'zgs_getFlowContext',
  'zgs_getHashAtNodeIndex',
  'zgs_getDataByNodeIndex',
  'zgs_getMetaDataByNodeIndex',
  'admin_addPeer',
  'admin_findFile',
  'admin_startSyncFile',
  'admin_startSyncChunks',
  'admin_terminateSync',
  'admin_getSyncServiceState',
  'admin_getSyncStatus',
  'admin_getSyncInfo',
  'admin_getNetworkInfo',
  'admin_getPeers',
  'admin_getFileLocation',
  'admin_getMetrics',
  'miner_start',
  'indexer_getShardedNodes',
  'indexer_getSelectedNodes',
  'indexer_getNodeLocations',
  'indexer_getFileLocations',
  '__proto__',
  'constructor',
  'toString',
]

const urls = () => [network.profile.storage.indexer, network.gateway.url, ...network.shards.map(({ url }) => url)]

type Answer = { jsonrpc: string; id: unknown; result?: unknown; error?: { code: number; message: string } }

async function post(url: string, body: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

/** Values near what the methods take, so that more than the first check is reached. */
const hash = fc.oneof(fc.constant('ROOT'), fc.constant(`0x${'00'.repeat(32)}`), fc.constant('0x'), fc.string())
const number = fc.oneof(
  fc.nat(3),
  fc.constantFrom(-1, 0.5, 1e308, 2 ** 53, 2 ** 32, Number.MAX_SAFE_INTEGER, -0, 4_294_967_295),
)
const proof = fc.record(
  {
    lemma: fc.oneof(fc.array(hash, { maxLength: 6 }), fc.jsonValue()),
    path: fc.oneof(fc.array(fc.boolean(), { maxLength: 70 }), fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const segment = fc.record(
  {
    root: hash,
    data: fc.oneof(fc.base64String(), fc.constant('A'.repeat(344)), fc.string(), fc.jsonValue()),
    index: number,
    proof: fc.oneof(proof, fc.jsonValue()),
    fileSize: number,
  },
  { requiredKeys: [] },
)
const value = fc.oneof(
  hash,
  number,
  segment,
  fc.array(segment, { maxLength: 3 }),
  fc.boolean(),
  fc.constant(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object),
  fc.jsonValue(),
)

async function stillServes(): Promise<void> {
  for (const url of urls()) {
    const method = url === network.profile.storage.indexer ? 'indexer_getShardedNodes' : 'zgs_getFileInfo'
    const reply = await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [root, true] }))
    expect(reply.error).toBeUndefined()
  }
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
}

describe('hostile requests to storage', () => {
  test('every method answers any parameters with a result or a JSON-RPC error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        fc.oneof(fc.array(value, { maxLength: 4 }), fc.jsonValue()),
        fc.nat(3),
        async (method, params, at) => {
          const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }).replaceAll('"ROOT"', `"${root}"`)
          const reply = await post(urls()[at] ?? '', body)
          expect(reply).toMatchObject({ jsonrpc: '2.0' })
          expect('result' in reply !== 'error' in reply).toBe(true)
          if (!reply.error) return
          expect(Number.isInteger(reply.error.code)).toBe(true)
          expect(typeof reply.error.message).toBe('string')
        },
      ),
      { numRuns: 400, interruptAfterTimeLimit: 15_000 },
    )
    await stillServes()
  })

  test('any flipped byte of data, proof, root, place or size is refused; the segment itself is taken afterwards', async () => {
    const content = vectorContent(5 * SEGMENT_BYTES + 300, 61)
    const tree = fileTreeOf(content)
    const flow = flowOf(network.profile)
    const wanted = [{ sizeBytes: content.length, nodes: tree.nodes }]
    const { submissions } = await submitFiles(flow, wanted, { wallet: network.wallet, valueWei: 10n ** 18n })
    const { txSeq = 0, startEntryIndex = 0 } = submissions[0] ?? {}
    const segmentAt = (index: number): SegmentWithProof => ({
      root: tree.root,
      data: Buffer.from(toWireSegment(content.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES))).toString(
        'base64',
      ),
      index,
      proof: tree.proof(index),
      fileSize: content.length,
    })
    const flippedHash = (value: string, bit: number): Hex => {
      const bytes = Buffer.from(value.slice(2), 'hex')
      bytes[(bit >> 3) % 32] = (bytes[(bit >> 3) % 32] as number) ^ (1 << (bit & 7))
      return `0x${bytes.toString('hex')}`
    }
    const change = fc.oneof(
      fc.record({ what: fc.constant('data' as const), at: fc.nat(SEGMENT_BYTES - 1), bit: fc.nat(7) }),
      fc.record({
        what: fc.constantFrom('lemma', 'path', 'root', 'index', 'fileSize'),
        at: fc.nat(7),
        bit: fc.nat(255),
      }),
    )
    const changed = (
      whole: SegmentWithProof,
      { what, at, bit }: { what: string; at: number; bit: number },
    ): SegmentWithProof => {
      const { proof } = whole
      if (what === 'data') {
        const data = Buffer.from(whole.data, 'base64')
        data[at % data.length] = (data[at % data.length] as number) ^ (1 << bit)
        return { ...whole, data: data.toString('base64') }
      }
      if (what === 'root') return { ...whole, root: flippedHash(whole.root, bit) }
      if (what === 'index') return { ...whole, index: (whole.index + 1 + (bit % 7)) % 8 }
      if (what === 'fileSize') return { ...whole, fileSize: whole.fileSize + 1 + bit * 997 }
      if (what === 'path') {
        const place = at % proof.path.length
        return { ...whole, proof: { ...proof, path: proof.path.map((step, i) => (i === place) !== step) } }
      }
      const place = at % proof.lemma.length
      return {
        ...whole,
        proof: { ...proof, lemma: proof.lemma.map((one, i) => (i === place ? flippedHash(one, bit) : one)) },
      }
    }
    const ownerOf = (index: number) => network.shards[(startEntryIndex / 1024 + index) % 2] as RpcClient
    const upload = (url: string, one: SegmentWithProof, byRoot: boolean) =>
      post(
        url,
        JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: byRoot ? 'zgs_uploadSegment' : 'zgs_uploadSegmentByTxSeq',
          params: byRoot ? [one] : [one, txSeq],
        }),
      )
    await fc.assert(
      fc.asyncProperty(fc.nat(5), change, fc.boolean(), fc.boolean(), async (index, how, byRoot, atGateway) => {
        const one = changed(segmentAt(index), how)
        const answer = await upload(atGateway ? network.gateway.url : ownerOf(index).url, one, byRoot)
        expect(answer.error, JSON.stringify(how)).toBeDefined()
      }),
      { numRuns: 120, interruptAfterTimeLimit: 10_000 },
    )
    for (let index = 0; index < 6; index++) {
      expect((await upload(ownerOf(index).url, segmentAt(index), false)).error).toBeUndefined()
    }
    expect(await network.gateway.request('zgs_getFileInfoByTxSeq', [txSeq])).toMatchObject({ finalized: true })
  })

  test('any address under the REST interface is answered', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        'file',
        'files',
        'node',
        'info',
        'status',
        'segment',
        '..',
        '.',
        '%2e%2e',
        '0',
        '-1',
        '1e9',
        'ROOT',
      ),
      fc.string({ maxLength: 20 }).map(encodeURIComponent),
    )
    const query = fc.array(fc.tuple(fc.constantFrom('root', 'txSeq', 'name', 'cid'), fc.oneof(part, fc.string())), {
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'),
        fc.array(part, { maxLength: 4 }),
        query,
        async (method, path, pairs) => {
          const asked = new URLSearchParams(pairs).toString()
          const target = `/${path.join('/')}${asked && `?${asked}`}`.replaceAll('ROOT', root)
          const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
          const answer = await rawHttp(network.profile.storage.indexer, head)
          expect(answer).toMatch(/^HTTP\/1\.1 (200|204|404|405|600) /)
          expect(answer).not.toMatch(/TypeError|RangeError|Cannot read|root:x:0/)
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 10_000 },
    )
    await stillServes()
  })

  test('any text is answered with JSON', async () => {
    const near = fc.constantFrom(
      '',
      '[]',
      '[[]]',
      '[null,1,"x",{}]',
      'null',
      '{"id":{},"method":"zgs_getStatus"}',
      '{"id":1e999,"method":"zgs_getStatus"}',
      `{"id":1,"method":"zgs_getFileInfo","params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `{"id":99999999999999999999,"method":"zgs_getFileInfo","params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '\u0000',
      '{"method":"zgs_getStatus","params":[],"id":1}garbage',
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(near, fc.string(), fc.json()), fc.nat(3), async (body, at) => {
        const response = await fetch(urls()[at] ?? '', { method: 'POST', body })
        expect(response.status).toBe(200)
        const text = await response.text()
        if (text !== '') JSON.parse(text)
      }),
      { numRuns: 150, interruptAfterTimeLimit: 10_000 },
    )
    await stillServes()
  })

  test.each([
    'POST // HTTP/1.1',
    'GET // HTTP/1.1',
    'OPTIONS // HTTP/1.1',
    'POST http:// HTTP/1.1',
    'POST /%00 HTTP/1.1',
    'GET /file?root=../../etc/passwd HTTP/1.1',
    'GET /file/info/..%2f..%2fetc%2fpasswd HTTP/1.1',
    'GET /../../etc/passwd HTTP/1.1',
    'GET /file/info/99999999999999999999999999 HTTP/1.1',
    'GET /file?txSeq=1e5 HTTP/1.1',
    'GET /files/info?cid=%E0%A4%A HTTP/1.1',
    'DELETE / HTTP/1.1',
  ])('%s is answered and kills nothing', async (line) => {
    for (const url of urls()) {
      const answer = await rawHttp(
        url,
        `${line}\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /)
    }
    await stillServes()
  })

  test('a download name cannot add headers or leave its quotes', async () => {
    const name = encodeURIComponent('x"\r\nset-cookie: a=b\r\n\r\n../../y')
    const response = await fetch(`${network.profile.storage.indexer}/file?root=${root}&name=${name}`)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[^"/\\]*"$/)
    await response.arrayBuffer()
  })

  test('REST uploads of any body get the envelope of an error', async () => {
    const near = fc.record({ root: hash, index: number, data: fc.string(), proof, txSeq: number }, { requiredKeys: [] })
    const body = fc.oneof(fc.jsonValue(), near).map((one) => JSON.stringify(one).replaceAll('"ROOT"', `"${root}"`))
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.string()), async (text) => {
        const answer = await rawPost(`${network.profile.storage.indexer}/file/segment`, text)
        expect(typeof answer.code).toBe('number')
        expect(answer.code).not.toBe(0)
        // 2 is what a defect of ours answers with
        if (answer.code === 2) expect(String(answer.data)).not.toMatch(/TypeError|RangeError|Cannot/)
      }),
      { numRuns: 150, interruptAfterTimeLimit: 10_000 },
    )
    await stillServes()
  })

  test('a connection that breaks in the middle of a body is forgotten', async () => {
    for (const url of urls()) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
          socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"id":1,', () => {
            socket.destroy()
            resolve()
          })
        })
      })
    }
    await stillServes()
  })
})

/** fetch refuses status 600, which the REST interface uses for errors. */
async function rawPost(url: string, body: string): Promise<{ code: number; data: unknown }> {
  const bytes = Buffer.from(body)
  const { pathname } = new URL(url)
  const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes.length}\r\n\r\n`
  const answer = await rawHttp(url, Buffer.concat([Buffer.from(head), bytes]))
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { code: number; data: unknown }
}

import { appendFile, open, readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { statFile } from '../../src/client/storage/stat-file.ts'
import { verifyRoot } from '../../src/client/storage/verify-root.ts'
import type { SegmentWithProof } from '../../src/protocol/storage/wire.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function openNetwork(options: Parameters<typeof startStorageNetwork>[0] = {}): Promise<StorageNetwork> {
  const network = await startStorageNetwork(options)
  cleanups.push(() => network[Symbol.asyncDispose]())
  return network
}

/** A node in front of the gateway that changes what it serves. */
async function startLiar(
  network: StorageNetwork,
  change: (segment: SegmentWithProof) => SegmentWithProof,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    // It speaks JSON-RPC only, like the nodes of the public networks.
    if (request.method !== 'POST') return void response.writeHead(405).end()
    void (async () => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const call = JSON.parse(Buffer.concat(parts).toString()) as { method: string; params: unknown[] }
      if (call.method === 'indexer_getShardedNodes') {
        const trusted = [{ url: urlOf(server), config: { shardId: 0, numShard: 1 }, latency: 0, since: 0 }]
        return response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { trusted, discovered: [] } }))
      }
      let result = await network.gateway.request(call.method, call.params)
      if (call.method === 'zgs_downloadSegmentWithProofByTxSeq') result = change(result as SegmentWithProof)
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  return urlOf(server)
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function logFiles(network: StorageNetwork): Promise<string[]> {
  const found: string[] = []
  for (const shard of ['storage-0', 'storage-1']) {
    const dir = join(network.directory, shard, 'segments')
    for (const name of await readdir(dir)) found.push(join(dir, name))
  }
  return found
}

describe('killed nodes', () => {
  test('kill -9 of a shard in the middle of an upload: nothing acknowledged is lost, the upload goes on', async () => {
    const network = await openNetwork({ asProcesses: true })
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(12 * 1024 * 1024 + 77, 11)
    let restarted: Promise<void> | undefined
    const stored = await putBytes(content, {
      ...options,
      onProgress: (progress) => {
        if (progress.phase !== 'upload' || restarted) return
        restarted = network.processes[0]?.kill().then(() => network.startShard(0))
      },
    })
    await restarted
    expect(restarted).toBeDefined()
    expect((await verifyRoot(stored.root, options)).verdict).toBe('true')
    // Both at once, after the fact: everything comes back from the disk.
    await Promise.all(network.processes.map((node) => node.kill()))
    await Promise.all([network.startShard(0), network.startShard(1)])
    expect(Buffer.from(await getBytes(stored.root, options)).equals(content)).toBe(true)
    expect(await statFile(stored.root, options)).toMatchObject({ isFinalized: true })
  })

  test('an upload that was broken off is completed by the next put, without paying again', async () => {
    const network = await openNetwork()
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(16 * 1024 * 1024, 12)
    const stop = new AbortController()
    const broken = putBytes(content, {
      ...options,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'upload' && stop.abort(new Error('interrupted')),
    })
    await expect(broken).rejects.toThrow('interrupted')
    const skipped: number[] = []
    const resumed = await putBytes(content, {
      ...options,
      onProgress: (progress) => progress.phase === 'resume' && skipped.push(progress.skippedBytes),
    })
    expect(resumed).toMatchObject({ outcome: 'resumed', costWei: 0n })
    expect(skipped[0]).toBeGreaterThan(0)
    expect(Buffer.from(await getBytes(resumed.root, options)).equals(content)).toBe(true)
  })
})

describe('damaged disks', () => {
  test('a torn last record is cut off at start, a damaged byte is never served, and both heal by putting again', async () => {
    const network = await openNetwork({ asProcesses: true })
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(3 * 1024 * 1024, 13)
    const { root } = await putBytes(content, options)
    await Promise.all(network.processes.map((node) => node.kill()))
    const [first = '', second = ''] = await logFiles(network)
    const file = await open(first, 'r+')
    await file.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, 100_000)
    await file.close()
    await appendFile(second, Buffer.from('SEG1 torn'))
    await Promise.all([network.startShard(0), network.startShard(1)])
    expect(await statFile(root, options)).toMatchObject({ isFinalized: false })
    expect((await verifyRoot(root, options)).verdict).toBe('unchecked')
    await expect(getBytes(root, options)).rejects.toMatchObject({ code: 'FILE_INCOMPLETE' })
    expect((await putBytes(content, options)).outcome).toBe('resumed')
    expect(Buffer.from(await getBytes(root, options)).equals(content)).toBe(true)
  })

  test('a full disk is an answer, leaves nothing half-written, and is over when there is room again', async () => {
    let room = 700_000
    const network = await openNetwork({
      store: {
        write: async (file, pieces, position) => {
          const bytes = Buffer.concat(pieces)
          await file.write(bytes, 0, Math.min(bytes.length, room), position)
          if (bytes.length > room)
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
          room -= bytes.length
        },
      },
    })
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(4 * 1024 * 1024, 14)
    await expect(putBytes(content, options)).rejects.toMatchObject({
      code: 'STORAGE_REFUSED',
      message: expect.stringContaining('No space left on device'),
    })
    room = Number.MAX_SAFE_INTEGER
    const stored = await putBytes(content, options)
    expect(stored.outcome).toBe('resumed')
    expect(Buffer.from(await getBytes(stored.root, options)).equals(content)).toBe(true)
  })
})

describe('nodes that lie or are gone', () => {
  test('one flipped byte in the data, or another segment, is refused', async () => {
    const network = await openNetwork()
    const content = vectorContent(600_000, 15)
    const { root } = await putBytes(content, { profile: network.profile, wallet: network.wallet })
    const lies: ((segment: SegmentWithProof) => SegmentWithProof)[] = [
      (segment) => {
        const data = Buffer.from(segment.data, 'base64')
        data[1000] = (data[1000] ?? 0) ^ 1
        return { ...segment, data: data.toString('base64') }
      },
      (segment) => ({ ...segment, data: Buffer.from(segment.data, 'base64').subarray(256).toString('base64') }),
      (segment) => ({ ...segment, proof: { ...segment.proof, path: segment.proof.path.map((step) => !step) } }),
    ]
    for (const lie of lies) {
      const indexer = await startLiar(network, lie)
      const profile = { ...network.profile, storage: { indexer } }
      await expect(getBytes(root, { profile })).rejects.toMatchObject({ code: 'PROOF_INVALID', exitCode: 5 })
      expect((await verifyRoot(root, { profile })).verdict).toBe('false')
    }
  })

  test('no indexer: could not be reached, exit code 6', async () => {
    const network = await openNetwork()
    const profile = { ...network.profile, storage: { indexer: 'http://127.0.0.1:1' } }
    const put = putBytes(vectorContent(10, 16), { profile, wallet: network.wallet })
    await expect(put).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', exitCode: 6 })
  })
})

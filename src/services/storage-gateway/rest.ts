import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { parseHash, parseProof } from '../../protocol/storage/rpc-params.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import { RpcFault, readBody, sendText } from '../../runtime/child/json-rpc-http.ts'
import type { FullRangeNode } from './full-range-node.ts'

/** Codes of the REST envelope (0G storage spec §4.6). */
const SUCCESS = 0
const INVALID_PARAMETER = 1
const INTERNAL = 2
const FILE_NOT_FOUND = 101
const FILE_PRUNED = 102
const FILE_NOT_FINALIZED = 103

const MAX_CIDS = 100
const MAX_SEGMENT_BODY_BYTES = 16 * 1024 ** 2

class RestFault extends Error {
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data: unknown = null) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** Answers one REST request of the indexer: downloads, file and node information, upload of one segment. */
export async function handleRest(
  request: IncomingMessage,
  response: ServerResponse,
  node: FullRangeNode,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://indexer')
  const route = `${request.method} ${url.pathname.replace(/\/+$/, '')}`
  try {
    const cid = /^GET \/file\/info\/([^/]+)$/.exec(route)?.[1]
    if (cid !== undefined) return reply(response, goInfo(await infoOf(node, cid)))
    switch (route) {
      case 'GET /file':
        return await download(node, url.searchParams, response)
      case 'GET /files/info':
        return reply(response, await infos(node, url.searchParams.getAll('cid')))
      case 'GET /node/status':
        return reply(response, await node.status())
      case 'POST /file/segment':
        return reply(response, await uploadSegment(node, request))
      default:
        sendText(response, 404, JSON.stringify({ code: INVALID_PARAMETER, message: 'no such endpoint', data: null }))
    }
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    if (error instanceof RestFault) return reply(response, error.data, error.code, error.message)
    const text =
      error instanceof RpcFault ? [error.body.message, error.body.data].filter(Boolean).join(': ') : String(error)
    sendText(response, 600, JSON.stringify({ code: INTERNAL, message: 'Internal server error', data: text }))
  }
}

function reply(response: ServerResponse, data: unknown, code = SUCCESS, message = 'Success'): void {
  sendText(response, 200, JSON.stringify({ code, message, data: data ?? null }))
}

/** By transaction number or root. */
async function infoOf(node: FullRangeNode, cid: string): Promise<FileInfo> {
  const info = /^\d+$/.test(cid) ? await node.infoBySeq(Number(cid)) : await node.infoByRoot(requireRoot(cid), true)
  if (!info) throw new RestFault(FILE_NOT_FOUND, 'File not found')
  return info
}

function requireRoot(text: string): `0x${string}` {
  const root = parseHash(text, 'root')
  if ('problem' in root) throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', root.problem)
  return root.value
}

async function infos(node: FullRangeNode, cids: string[]): Promise<unknown[]> {
  if (cids.length > MAX_CIDS) throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', `at most ${MAX_CIDS} cids`)
  return await Promise.all(
    cids.map(async (cid) => {
      try {
        return goInfo(await infoOf(node, cid))
      } catch (error) {
        if (error instanceof RestFault) return error.code === FILE_NOT_FOUND ? null : error.message
        throw error
      }
    }),
  )
}

/** A FileInfo as the Go indexer prints it: no nodes, empty lists as null. */
function goInfo({ tx, ...rest }: FileInfo): object {
  const { dataMerkleRoot, startEntryIndex, size, seq } = tx
  return { tx: { streamIds: null, data: null, dataMerkleRoot, startEntryIndex, size, seq }, ...rest }
}

/** Streams a file segment by segment as an attachment. */
async function download(node: FullRangeNode, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const cid = query.get('root') ?? query.get('txSeq')
  if (cid === null) {
    throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', "Either 'root' or 'txSeq' must be provided")
  }
  const info = await infoOf(node, cid)
  if (info.pruned) throw new RestFault(FILE_PRUNED, 'File already pruned')
  if (!info.finalized) throw new RestFault(FILE_NOT_FINALIZED, 'File not finalized yet')
  const { segments } = fileLayout(info.tx.size)
  const first = await node.segmentBytes(info, 0)
  if (!first) throw new RestFault(FILE_NOT_FINALIZED, 'File not finalized yet')
  const name = (query.get('name') ?? info.tx.dataMerkleRoot).replaceAll(/["\\\r\n]/g, '_')
  response.writeHead(200, {
    'access-control-allow-origin': '*',
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${encodeURIComponent(name)}"`,
    'content-length': info.tx.size,
  })
  for (let index = 0; index < segments && !response.destroyed; index++) {
    const bytes = index === 0 ? first : await node.segmentBytes(info, index)
    // The length was promised: breaking the connection is the only way left to say that data is missing.
    if (!bytes) return void response.destroy()
    if (!response.write(bytes)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

async function uploadSegment(node: FullRangeNode, request: IncomingMessage): Promise<string> {
  const text = await readBody(request, MAX_SEGMENT_BODY_BYTES)
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text ?? '') as Record<string, unknown>
  } catch {
    throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', 'the body is not JSON')
  }
  const { txSeq, data, index } = body
  const info = await infoOf(node, typeof txSeq === 'number' ? String(txSeq) : String(body['root']))
  const proof = parseProof(body['proof'])
  if ('problem' in proof) throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', proof.problem)
  if (typeof data !== 'string' || typeof index !== 'number') {
    throw new RestFault(INVALID_PARAMETER, 'Invalid parameter', 'data and index are required')
  }
  const root = typeof body['root'] === 'string' ? requireRoot(body['root']) : info.tx.dataMerkleRoot
  await node.uploadBySeq([{ root, data, index, proof: proof.value, fileSize: info.tx.size }], info.tx.seq)
  return 'Succeeded to upload segment'
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseHash, parseProof } from '../../protocol/storage/rpc-params.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import { RpcFault, readBody, sendText } from '../../runtime/child/json-rpc-http.ts'
import type { FullRangeNode } from './full-range-node.ts'
import { contentOf, requireReady, sendAttachment } from './rest-download.ts'
import { FILE_NOT_FOUND, INVALID_PARAMETER, RestFault } from './rest-fault.ts'
import { answerFolder } from './rest-folder.ts'

const SUCCESS = 0
const INTERNAL = 2
const MAX_CIDS = 100
const MAX_SEGMENT_BODY_BYTES = 16 * 1024 ** 2

/** Answers one REST request of the indexer: downloads, folders, file and node information, upload of one segment. */
export async function handleRest(
  request: IncomingMessage,
  response: ServerResponse,
  node: FullRangeNode,
): Promise<void> {
  try {
    const { path, query } = splitUrl(request.url ?? '/')
    const answer = await route(`${request.method}`, path, query, { request, response, node })
    if (answer === NO_ENDPOINT) {
      const body = { code: INVALID_PARAMETER, message: 'no such endpoint', data: null }
      sendText(response, 404, JSON.stringify(body))
    } else if (answer !== SENT) reply(response, answer)
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    if (error instanceof RestFault) return reply(response, error.data, error.code, error.message)
    const text =
      error instanceof RpcFault ? [error.body.message, error.body.data].filter(Boolean).join(': ') : String(error)
    sendText(response, 600, JSON.stringify({ code: INTERNAL, message: 'Internal server error', data: text }))
  }
}

const SENT = Symbol('sent')
const NO_ENDPOINT = Symbol('no endpoint')

type Exchange = { request: IncomingMessage; response: ServerResponse; node: FullRangeNode }

async function route(
  method: string,
  path: readonly string[],
  query: URLSearchParams,
  { request, response, node }: Exchange,
): Promise<unknown> {
  const [first, second, third] = path
  switch (`${method} ${first}`) {
    case 'GET file':
      if (path.length === 1) return await download(node, query, response)
      if (second === 'info' && path.length === 3) return goInfo(await infoOf(node, third as string))
      return await folder(node, path.slice(1), response)
    case 'GET files':
      return second === 'info' && path.length === 2 ? await infos(node, query.getAll('cid')) : NO_ENDPOINT
    case 'GET node':
      return second === 'status' && path.length === 2 ? await node.status() : NO_ENDPOINT
    case 'POST file':
      return second === 'segment' && path.length === 2 ? await uploadSegment(node, request) : NO_ENDPOINT
    default:
      return NO_ENDPOINT
  }
}

/** Names of a path, decoded one by one: dots stay names, and an encoded slash does not become a separator. */
function splitUrl(url: string): { path: string[]; query: URLSearchParams } {
  const at = url.indexOf('?')
  const names = (at < 0 ? url : url.slice(0, at)).split('/').filter((name) => name !== '')
  try {
    return { path: names.map(decodeURIComponent), query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)) }
  } catch {
    throw new RestFault(INVALID_PARAMETER, 'the path is not well encoded')
  }
}

function reply(response: ServerResponse, data: unknown, code = SUCCESS, message = 'Success'): void {
  sendText(response, 200, JSON.stringify({ code, message, data: data ?? null }))
}

/** By transaction number or root. */
async function infoOf(node: FullRangeNode, cid: string): Promise<FileInfo> {
  return /^\d+$/.test(cid) ? await infoOfSeq(node, cid) : await infoOfRoot(node, cid)
}

async function infoOfSeq(node: FullRangeNode, text: string): Promise<FileInfo> {
  const txSeq = Number(text)
  if (!/^\d+$/.test(text)) throw new RestFault(INVALID_PARAMETER, 'txSeq: expected an unsigned integer')
  return requireKnown(Number.isSafeInteger(txSeq) ? await node.infoBySeq(txSeq) : null)
}

async function infoOfRoot(node: FullRangeNode, text: string): Promise<FileInfo> {
  const root = parseHash(text, 'root')
  if ('problem' in root) throw new RestFault(INVALID_PARAMETER, root.problem)
  return requireKnown(await node.infoByRoot(root.value, true))
}

function requireKnown(info: FileInfo | null): FileInfo {
  if (!info) throw new RestFault(FILE_NOT_FOUND)
  return info
}

async function infos(node: FullRangeNode, cids: string[]): Promise<unknown[]> {
  if (cids.length > MAX_CIDS) throw new RestFault(INVALID_PARAMETER, `at most ${MAX_CIDS} cids`)
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

async function download(node: FullRangeNode, query: URLSearchParams, response: ServerResponse): Promise<typeof SENT> {
  const root = query.get('root')
  const txSeq = query.get('txSeq')
  if (!root && !txSeq) throw new RestFault(INVALID_PARAMETER, "Either 'root' or 'txSeq' must be provided")
  const info = requireReady(root ? await infoOfRoot(node, root) : await infoOfSeq(node, txSeq as string))
  const name = query.get('name') || info.tx.dataMerkleRoot
  await sendAttachment(response, { name, sizeBytes: info.tx.size, parts: contentOf(node, [info]) })
  return SENT
}

async function folder(node: FullRangeNode, path: readonly string[], response: ServerResponse): Promise<unknown> {
  const [cid, ...names] = path
  const answer = await answerFolder(node, await infoOf(node, cid as string), names, response)
  return answer.sent ? SENT : answer.data
}

async function uploadSegment(node: FullRangeNode, request: IncomingMessage): Promise<string> {
  const { root, txSeq, data, index, proof: given } = await readObject(request)
  const info = typeof txSeq === 'number' ? await infoOfSeq(node, String(txSeq)) : await infoOfRoot(node, String(root))
  const proof = parseProof(given)
  if ('problem' in proof) throw new RestFault(INVALID_PARAMETER, proof.problem)
  if (typeof data !== 'string' || typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw new RestFault(INVALID_PARAMETER, 'data and index are required')
  }
  const { dataMerkleRoot, size, seq } = info.tx
  if (typeof root === 'string' && root.toLowerCase() !== dataMerkleRoot) {
    throw new RestFault(INVALID_PARAMETER, `transaction ${seq} is of another root`)
  }
  await node.uploadBySeq([{ root: dataMerkleRoot, data, index, proof: proof.value, fileSize: size }], seq)
  return 'Succeeded to upload segment'
}

async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readBody(request, MAX_SEGMENT_BODY_BYTES)
  let body: unknown
  try {
    body = JSON.parse(text ?? '')
  } catch {
    throw new RestFault(INVALID_PARAMETER, 'the body is not JSON')
  }
  if (typeof body !== 'object' || body === null) throw new RestFault(INVALID_PARAMETER, 'the body is not an object')
  return body as Record<string, unknown>
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROOF_HEADER, SEGMENT_ROUTE } from '../../protocol/storage/segment-route.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import type { StorageNode } from './storage-node.ts'

/** Serves a segment as bytes when the request asks for one; false when it asks for something else. 404 while it is not there. */
export async function serveSegment(
  request: IncomingMessage,
  response: ServerResponse,
  node: StorageNode,
): Promise<boolean> {
  const match = request.method === 'GET' ? SEGMENT_ROUTE.exec(request.url ?? '') : null
  if (!match) return false
  const [txSeq, index] = [Number(match[1]), Number(match[2])]
  const submission = await node.bySeq(txSeq)
  const segment = submission && (await node.readSegment(submission, index).catch(missingWhenRefused))
  const headers = { 'access-control-allow-origin': '*', 'access-control-expose-headers': PROOF_HEADER }
  if (!segment) {
    response.writeHead(404, { ...headers, 'content-length': 0 }).end()
    return true
  }
  const { data, proof } = segment
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/octet-stream',
    'content-length': data.length,
    [PROOF_HEADER]: JSON.stringify(proof),
  })
  response.end(data)
  return true
}

/** An index beyond the file is as missing as one that is not stored. */
function missingWhenRefused(error: unknown): undefined {
  if (!(error instanceof RpcFault)) throw error
}

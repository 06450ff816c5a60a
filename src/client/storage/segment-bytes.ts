import http from 'node:http'
import https from 'node:https'
import type { FileProof } from '../../protocol/storage/merkle.ts'
import { PROOF_HEADER, parseProofHeader, segmentPath } from '../../protocol/storage/segment-route.ts'

/** A segment as a node sent it: nothing of it is checked yet. */
type ClaimedSegment = { data: Uint8Array; proof: FileProof }

const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) }
/** Nodes that do not know the route: the real ones, and the gateway. */
const without = new Set<string>()
const TIMEOUT_MS = 30_000

/**
 * A segment as bytes from a node that serves them (protocol/storage/segment-route.ts), into `buffer`, which it must fill exactly.
 * Undefined when the node does not serve it like this, whatever the reason: the protocol's own method then gives the answer.
 */
export async function fetchSegmentBytes(
  url: string,
  place: { txSeq: number; index: number },
  buffer: Uint8Array,
  signal?: AbortSignal,
): Promise<ClaimedSegment | undefined> {
  if (without.has(url)) return undefined
  const target = new URL(segmentPath(place.txSeq, place.index), url)
  const isSecure = target.protocol === 'https:'
  const agent = agents[isSecure ? 'https:' : 'http:']
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  const stop = signal ? AbortSignal.any([signal, limit]) : limit
  return await new Promise((resolve) => {
    const request = (isSecure ? https : http).get(target, { agent, signal: stop }, (response) => {
      const { statusCode, headers } = response
      const proof = parseProofHeader(headers[PROOF_HEADER])
      if (statusCode !== 200 || !proof || Number(headers['content-length']) !== buffer.length) {
        // A segment that is not there is no reason to doubt the route.
        if (statusCode !== 404) without.add(url)
        response.resume().on('error', () => undefined)
        resolve(undefined)
        return
      }
      let length = 0
      response.on('data', (part: Buffer) => {
        if (length + part.length <= buffer.length) buffer.set(part, length)
        length += part.length
      })
      response.on('error', () => resolve(undefined))
      response.on('end', () => resolve(length === buffer.length ? { data: buffer, proof } : undefined))
      response.on('close', () => resolve(undefined))
    })
    request.on('error', () => resolve(undefined))
  })
}

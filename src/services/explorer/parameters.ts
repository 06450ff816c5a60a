import type { IncomingMessage } from 'node:http'
import { readBody } from '../../runtime/child/json-rpc-http.ts'

/** Parameters of one request: of the query, and over them those of a form or JSON body. Values are texts. */
export type Parameters = ReadonlyMap<string, string>

/** Standard JSON of large projects reaches several megabytes; a form triples what it must escape. */
const MAX_BODY_BYTES = 24 * 1024 ** 2
const MAX_PARAMETERS = 200

/** The parameters of a request, or undefined when its body is too large or of no kind that Etherscan's clients send. */
export async function readParameters(request: IncomingMessage, url: URL): Promise<Parameters | undefined> {
  const parameters = new Map<string, string>()
  for (const [name, value] of url.searchParams) set(parameters, name, value)
  if (request.method !== 'POST') return parameters
  const body = await readBody(request, MAX_BODY_BYTES)
  if (body === undefined) return undefined
  if (/^\s*\{/.test(body)) {
    const fields = parseObject(body)
    if (!fields) return undefined
    for (const [name, value] of Object.entries(fields)) set(parameters, name, asText(value))
  } else for (const [name, value] of new URLSearchParams(body)) set(parameters, name, value)
  return parameters
}

/** A JSON object of a text, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function set(parameters: Map<string, string>, name: string, value: string): void {
  if (parameters.size < MAX_PARAMETERS) parameters.set(name, value)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * An error reply of a provider: `{"error": "<text>"}` with this status (0G compute spec §4.10). The texts are the network's own:
 * official clients show them to people, some are matched by programs.
 */
export class HttpError extends Error {
  readonly status: number
  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** Sends a JSON value. */
export function sendJson(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
  res.end(body)
}

/** Reads a request's body; refuses more than `maxBytes` with the network's text. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new HttpError(
      413,
      `Request body size exceeds the maximum allowed size of ${Math.floor(maxBytes / (1024 * 1024))}MB`,
    )
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of req as AsyncIterable<Buffer>) {
    sizeBytes += part.length
    if (sizeBytes > maxBytes) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Headers that let a browser of any origin use the provider and read what it needs of the answers (§4.7). */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': '*, Authorization, Content-Type',
  'access-control-expose-headers': 'ZG-Res-Key, Provider, Retry-After',
  'access-control-max-age': '86400',
}

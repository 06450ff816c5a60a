import type { ServerResponse } from 'node:http'

/** A follower that reads slower than this much is cut off: the daemon's memory belongs to the network. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024

/** One server-sent-events response: each value is one `data:` line of JSON. */
export class EventStream {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.flushHeaders()
  }

  send(value: unknown): void {
    if (this.#response.writableLength > MAX_BACKLOG_BYTES) {
      this.#response.destroy()
      return
    }
    this.#response.write(`data: ${JSON.stringify(value)}\n\n`)
  }

  /** Calls back once, when the reader is gone. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener)
  }

  /** Ends the stream; resolves when everything sent is on its way. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#response.destroyed) resolve()
      else this.#response.end(() => resolve())
    })
  }
}

/** Splits an event stream back into its values. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
      const block = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (block.startsWith('data: ')) yield JSON.parse(block.slice(6))
    }
  }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Changes the result of a request, or returns it as it is. */
export type Tamper = (method: string, result: unknown, params: readonly unknown[]) => unknown

type Call = { id: unknown; method: string; params?: unknown[] }
type Reply = { id: unknown; result?: unknown; error?: unknown }

export type TamperingNode = { url: string } & AsyncDisposable

/** A node that asks an honest one and passes its answers on, except for what `tamper` makes of them. */
export async function startTamperingNode(honestUrl: string, tamper: Tamper): Promise<TamperingNode> {
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const body = Buffer.concat(chunks).toString()
    const answer = await fetch(honestUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const [call, reply] = [JSON.parse(body) as Call, (await answer.json()) as Reply]
    if ('result' in reply) reply.result = tamper(call.method, reply.result, call.params ?? [])
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

import { serverError } from '../../protocol/storage/rpc-faults.ts'
import { ownsSegment, type ShardConfig } from '../../protocol/storage/shard.ts'
import { type RpcErrorBody, RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { postJson } from '../../utils/post-json.ts'

/** How long a node that does not listen is waited for: a killed one is back within two seconds. */
const RETRY_FOR_MS = 4_000
const RETRY_PAUSE_MS = 50
const TIMEOUT_MS = 60_000

/** One storage node, whose answers and errors are handed on word for word. */
export type ShardClient = {
  name: string
  url: string
  config: ShardConfig
  call: <T>(method: string, params: unknown[]) => Promise<T>
}

/** Asks a node for its shard and returns the client of it. Throws RpcFault when it does not answer. */
export async function connectShard(name: string, url: string): Promise<ShardClient> {
  const call = <T>(method: string, params: unknown[]): Promise<T> => forward<T>(name, url, method, params)
  return { name, url, config: await call<ShardConfig>('zgs_getShardConfig', []), call }
}

/** Nodes that store a global segment. */
export function ownersOf(shards: readonly ShardClient[], globalIndex: number): ShardClient[] {
  return shards.filter(({ config }) => ownsSegment(config, globalIndex))
}

async function forward<T>(name: string, url: string, method: string, params: unknown[]): Promise<T> {
  const message = { jsonrpc: '2.0', id: 1, method, params }
  const giveUpAt = Date.now() + RETRY_FOR_MS
  for (;;) {
    try {
      const { reply: body } = await postJson({ url, message, headers: {}, signal: AbortSignal.timeout(TIMEOUT_MS) })
      const reply = body as { result?: T; error?: RpcErrorBody }
      if (reply.error) throw new RpcFault(reply.error)
      return reply.result as T
    } catch (error) {
      if (error instanceof RpcFault) throw error
      if (Date.now() >= giveUpAt) throw new RpcFault(serverError(`storage node ${name} (${url}) does not answer`))
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS))
    }
  }
}

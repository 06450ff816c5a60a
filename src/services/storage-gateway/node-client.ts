import { ownsSegment, type ShardConfig } from '../../protocol/storage/shard.ts'
import { type RpcErrorBody, RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { postJson } from '../../utils/post-json.ts'

/** A node does not answer: whatever could be asked of another one is. */
export class NodeDown extends Error {}

/** One storage node behind the gateway, whose answers and errors are handed on word for word. */
export type NodeClient = {
  name: string
  url: string
  config: ShardConfig
  /** false from the first request that got no answer to the next that does */
  isUp: boolean
  /** since when it is down, milliseconds since 1970 */
  downSince: number
  /** @throws RpcFault with the node's own error · NodeDown */
  call: <T>(method: string, params: unknown[], timeoutMs?: number) => Promise<T>
}

const TIMEOUT_MS = 60_000
const HELLO_TIMEOUT_MS = 10_000
const PROBE_PAUSE_MS = 250

/** Asks a node for its shard and returns the client of it. @throws RpcFault, NodeDown */
export async function connectNode(name: string, url: string, helloMs = HELLO_TIMEOUT_MS): Promise<NodeClient> {
  let isProbing = false
  const node: NodeClient = {
    name,
    url,
    config: { shardId: 0, numShard: 1 },
    isUp: true,
    downSince: 0,
    async call<T>(method: string, params: unknown[], timeoutMs = TIMEOUT_MS): Promise<T> {
      try {
        const result = await post<T>(url, method, params, timeoutMs)
        node.isUp = true
        return result
      } catch (error) {
        if (error instanceof RpcFault) throw error
        if (node.isUp) node.downSince = Date.now()
        node.isUp = false
        void probe()
        throw new NodeDown(`${name} (${url})`)
      }
    },
  }
  /** Asks a node that is down until it is back, so that no request has to find out. */
  const probe = async (): Promise<void> => {
    if (isProbing) return
    isProbing = true
    while (!node.isUp) {
      await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS).unref())
      await post(url, 'zgs_getShardConfig', [], HELLO_TIMEOUT_MS).then(
        () => {
          node.isUp = true
        },
        () => undefined,
      )
    }
    isProbing = false
  }
  node.config = await node.call<ShardConfig>('zgs_getShardConfig', [], helloMs).finally(() => {
    // Whoever connects decides whether to try again.
    node.isUp = true
  })
  return node
}

/** Nodes that store a global segment. */
export function ownersOf(nodes: readonly NodeClient[], globalIndex: number): NodeClient[] {
  return nodes.filter(({ config }) => ownsSegment(config, globalIndex))
}

async function post<T>(url: string, method: string, params: unknown[], timeoutMs: number): Promise<T> {
  const message = { jsonrpc: '2.0', id: 1, method, params }
  const { reply: body } = await postJson({ url, message, headers: {}, signal: AbortSignal.timeout(timeoutMs) })
  const reply = body as { result?: T; error?: RpcErrorBody } | undefined
  if (reply?.error) throw new RpcFault(reply.error)
  if (reply === undefined || reply === null) throw new NodeDown(url)
  return reply.result as T
}

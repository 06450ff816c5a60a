import { createServer, type Server } from 'node:http'
import type { Logger } from 'pino'
import { ogError } from '../../errors/og-error.ts'
import { internalError } from '../../protocol/storage/rpc-faults.ts'
import { missingShards } from '../../protocol/storage/shard.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import { ByteGate } from '../../runtime/child/byte-gate.ts'
import { handleJsonRpc, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { fullRangeMethods } from './full-range-methods.ts'
import { FullRangeNode } from './full-range-node.ts'
import { indexerMethods } from './indexer.ts'
import { connectNode } from './node-client.ts'
import { covers, NodeSet } from './node-set.ts'
import { handleRest } from './rest.ts'

/** A node that does not listen is waited for at start: 4 seconds, then only in the background. */
const PATIENCE = 40
const RETRY_PAUSE_MS = 100
const MAX_BODY_BYTES = 100 * 1024 ** 2
/** Bodies in memory at once: the official SDK sends all segments of a file at the same time. */
const MAX_BODIES_BYTES = 32 * 1024 ** 2

export type StorageGatewayOptions = {
  /** the nodes behind the gateway; together they store every segment. A promise for one that is not started yet */
  nodes: { name: string; url: string | Promise<string> }[]
  host: string
  ports: { indexer: number; node: number }
  strictPorts: boolean
  log: Logger
  signal?: AbortSignal
}

/**
 * Starts the gateway: a full-range storage node on one port, the indexer (JSON-RPC at POST /, REST elsewhere) on another.
 * It starts as soon as the nodes that answer cover all shards; replicas that come later are taken in.
 * @throws OgError STORAGE_NODES_MISSING when the nodes do not cover all shards, PORT_IN_USE
 */
export async function startStorageGateway(options: StorageGatewayOptions): Promise<StartedService> {
  const { log, host, strictPorts: strict } = options
  const nodes = new NodeSet()
  await connectAll(nodes, options)
  const node = new FullRangeNode(nodes)
  const onError = (error: unknown, method: string) => {
    log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
    return internalError(error instanceof Error ? error.message : String(error))
  }
  const gate = new ByteGate(MAX_BODIES_BYTES)
  const serve = (methods: RpcMethods, withRest: boolean): Server => {
    const rpc = { methods, maxBodyBytes: MAX_BODY_BYTES, onError, longTexts: true, gate }
    const server = createServer((request, response) => {
      const isRest = withRest && request.method !== 'OPTIONS' && !(request.method === 'POST' && isRootPath(request.url))
      const handled = isRest ? handleRest(request, response, node) : handleJsonRpc(request, response, rpc)
      handled.catch((error: unknown) => {
        log.debug({ error: String(error) }, 'connection broke')
        response.destroy()
      })
    })
    server.keepAliveTimeout = 60_000
    return server
  }
  const nodeServer = serve(fullRangeMethods(node), false)
  const nodeUrl = await bindServer(nodeServer, { host, port: options.ports.node, strict })
  node.url = nodeUrl
  const indexerServer = serve(indexerMethods(node), true)
  const indexerUrl = await bindServer(indexerServer, { host, port: options.ports.indexer, strict })
  log.info({ indexer: indexerUrl, node: nodeUrl, nodes: nodes.trusted.length }, 'storage gateway ready')
  return {
    endpoints: { indexer: indexerUrl, node: nodeUrl },
    stop: async () => {
      for (const server of [indexerServer, nodeServer]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

/** Connects to every node as it comes; resolves when those connected cover all shards, and goes on with the rest. */
async function connectAll(nodes: NodeSet, { nodes: wanted, log, signal }: StorageGatewayOptions): Promise<void> {
  const whole = Promise.withResolvers<void>()
  const connecting = wanted.map(async ({ name, url }) => {
    const at = await url
    for (let tries = 0; !signal?.aborted; tries++) {
      try {
        const node = await connectNode(name, at)
        // Nodes stay in the order they were named in, whichever answers first.
        nodes.trusted.push(node)
        nodes.trusted.sort((a, b) => order(a.name) - order(b.name))
        if (covers(nodes.trusted)) whole.resolve()
        return
      } catch (error) {
        if (tries === PATIENCE) log.warn({ node: name, url: at, error: String(error) }, 'storage node does not answer')
        // A network that is not whole yet is told so in time; afterwards a node may take as long as it likes.
        if (tries >= PATIENCE && !covers(nodes.trusted)) return
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS).unref())
      }
    }
  })
  const order = (name: string): number => wanted.findIndex((one) => one.name === name)
  const missing = Promise.all(connecting).then(() => {
    if (covers(nodes.trusted)) return
    const shards = missingShards(nodes.trusted.map(({ config }) => config))
    throw ogError('STORAGE_NODES_MISSING', {
      missing: shards.map(({ shardId, numShard }) => `${shardId}/${numShard}`).join(', '),
      nodes:
        nodes.trusted.map(({ name, config }) => `${name} ${config.shardId}/${config.numShard}`).join(', ') || 'none',
    })
  })
  missing.catch(() => undefined)
  await Promise.race([whole.promise, missing])
}

function isRootPath(url: string | undefined): boolean {
  return (url ?? '/').split('?')[0] === '/'
}

import { createServer, type Server } from 'node:http'
import type { Logger } from 'pino'
import { ogError } from '../../errors/og-error.ts'
import { internalError } from '../../protocol/storage/rpc-faults.ts'
import { selectNodes } from '../../protocol/storage/shard.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import { handleJsonRpc, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { fullRangeMethods } from './full-range-methods.ts'
import { FullRangeNode } from './full-range-node.ts'
import { indexerMethods } from './indexer.ts'
import { handleRest } from './rest.ts'
import { connectShard } from './shard-client.ts'

const MAX_BODY_BYTES = 100 * 1024 ** 2

export type StorageGatewayOptions = {
  /** the nodes behind the gateway; together they store every segment */
  nodes: { name: string; url: string }[]
  host: string
  ports: { indexer: number; node: number }
  strictPorts: boolean
  log: Logger
}

/**
 * Starts the gateway: a full-range storage node on one port, the indexer (JSON-RPC at POST /, REST elsewhere) on another.
 * @throws OgError STORAGE_NODES_MISSING when the nodes do not cover all shards, PORT_IN_USE
 */
export async function startStorageGateway(options: StorageGatewayOptions): Promise<StartedService> {
  const { log, host, strictPorts: strict } = options
  const shards = await Promise.all(options.nodes.map(({ name, url }) => connectShard(name, url)))
  if (!selectNodes(shards, 1, 'max')) {
    const nodes = shards.map(({ name, config }) => `${name} ${config.shardId}/${config.numShard}`).join(', ')
    throw ogError('STORAGE_NODES_MISSING', { nodes })
  }
  const node = new FullRangeNode(shards)
  const onError = (error: unknown, method: string) => {
    log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
    return internalError(error instanceof Error ? error.message : String(error))
  }
  const serve = (methods: RpcMethods, withRest: boolean): Server => {
    const rpc = { methods, maxBodyBytes: MAX_BODY_BYTES, onError, longTexts: true }
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
  const indexerServer = serve(indexerMethods(node, nodeUrl), true)
  const indexerUrl = await bindServer(indexerServer, { host, port: options.ports.indexer, strict })
  log.info({ indexer: indexerUrl, node: nodeUrl, shards: shards.length }, 'storage gateway ready')
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

function isRootPath(url: string | undefined): boolean {
  return (url ?? '/').split('?')[0] === '/'
}

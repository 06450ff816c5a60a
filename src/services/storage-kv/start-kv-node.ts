import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createRpc } from '../../client/chain/rpc.ts'
import { FlowFollower } from '../../client/storage/flow-follower.ts'
import { internalError } from '../../protocol/storage/rpc-faults.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import { handleJsonRpc } from '../../runtime/child/json-rpc-http.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { kvMethods } from './kv-methods.ts'
import { KvNode } from './kv-node.ts'
import { StreamFiles } from './stream-files.ts'

/** Keys reach 16 MiB, a third more as base64. */
const MAX_BODY_BYTES = 30 * 1024 ** 2
/** How long a starting chain is waited for. */
const CHAIN_RETRY_MS = 30_000
const CHAIN_TIMEOUT_MS = 10_000
const POLL_MS = 500
/** A question about a stream waits this long for writes that are on their way; then it is answered from what is there. */
const FRESH_WITHIN_MS = 2_000

export type KvNodeOptions = {
  /** URL of the chain's JSON-RPC */
  chainRpc: string
  /** URL of the storage indexer */
  indexer: string
  flow: Hex
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  signal: AbortSignal
}

/**
 * Starts a KV node that monitors every stream: follows the chain's submissions, replays those that are KV writes, answers `kv_*`.
 * @throws OgError PORT_IN_USE, NETWORK_UNREACHABLE
 */
export async function startKvNode(options: KvNodeOptions): Promise<StartedService> {
  const { log, flow, indexer } = options
  const stopped = new AbortController()
  const signal = AbortSignal.any([options.signal, stopped.signal])
  // A chain that starts together with this node is waited for; one that goes away later must not hold up answers.
  await createRpc(options.chainRpc, { retryForMs: CHAIN_RETRY_MS }).request('eth_chainId')
  const rpc = createRpc(options.chainRpc, { timeoutMs: CHAIN_TIMEOUT_MS })
  const files = await StreamFiles.open({ directory: join(options.dataDir, 'streams'), indexer, log })
  const node = new KvNode({ rpc, files, log, signal })
  const follower = new FlowFollower({ rpc, flow, submissions: node, log })
  await follower.sync()
  const refresh = async (): Promise<void> => {
    await follower.trySync()
    await node.advance()
  }
  keepFresh(refresh, signal)
  const rpcOptions = {
    methods: kvMethods(node, () => atMost(FRESH_WITHIN_MS, refresh())),
    maxBodyBytes: MAX_BODY_BYTES,
    onError: (error: unknown, method: string) => {
      log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
      return internalError(error instanceof Error ? error.message : String(error))
    },
  }
  const server = createServer((request, response) => {
    handleJsonRpc(request, response, rpcOptions).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'connection broke')
      response.destroy()
    })
  })
  server.keepAliveTimeout = 60_000
  const url = await bindServer(server, { host: options.host, port: options.port, strict: options.strictPorts })
  log.info({ url, nextSeq: node.nextSeq }, 'KV node ready')
  return {
    endpoints: { kv: url },
    stop: async () => {
      stopped.abort()
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Replays in the background, one run after the other. */
function keepFresh(refresh: () => Promise<void>, signal: AbortSignal): void {
  let timer: NodeJS.Timeout
  const run = (): void => {
    void refresh().then(() => {
      if (signal.aborted) return
      timer = setTimeout(run, POLL_MS)
      timer.unref()
    })
  }
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  run()
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Logger } from 'pino'
import { createRpc, type Hex } from '../../client/chain/rpc.ts'
import { chainIdOf } from '../../client/chain/transaction.ts'
import { walletFromMnemonic } from '../../client/chain/wallet.ts'
import type { NetworkProfile } from '../../client/profile.ts'
import { getBytes } from '../../client/storage/get.ts'
import { ogError, toOgError } from '../../errors/og-error.ts'
import type { OracleInfo, ProveTransferReply } from '../../protocol/agent/transfer-request.ts'
import { parseProveTransferBody } from '../../protocol/agent/transfer-request.ts'
import { fromHex, toHex } from '../../protocol/ecdsa.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { type OracleOptions, proveTransfer } from './prove-transfer.ts'

export type AgentOracleConfig = {
  /** name of the chain service */
  chain: string
  /** name of the service with the storage indexer */
  gateway?: string
  mnemonic: string
  signerIndex: number
  contracts: Record<string, Hex>
}

export type StartAgentOracleOptions = {
  config: AgentOracleConfig
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  /** URL of the chain's RPC, once it answers */
  chainRpc: Promise<string>
  /** URL of the storage indexer, once it answers */
  indexer: Promise<string>
  /** by default from 0G Storage, proof-checked */
  fetchBlob?: OracleOptions['fetchBlob']
  now?: OracleOptions['now']
}

const MAX_BODY_BYTES = 1_048_576
const HTTP_STATUS = { USAGE: 400, CONFIG: 400, RESOURCE: 404, VERIFY: 403, RUNTIME: 503, DEVNET: 503 } as const

/**
 * Starts the local agent oracle: it stands for the TEE that re-seals data keys when an agent changes hands. Its proofs are
 * real (the verifier contract accepts them); the hardware is not, and every answer says so.
 *
 * `GET /health` · `GET /info` (address, public key) · `POST /transfer/prove`. Errors: `{error: {code, message, hint, …}}`.
 * @throws OgError PORT_IN_USE, PORT_DENIED
 */
export async function startAgentOracle(options: StartAgentOracleOptions): Promise<StartedService> {
  const { config, host, port, strictPorts, log } = options
  const wallet = walletFromMnemonic(config.mnemonic, config.signerIndex)
  const publicKey = toHex(secp256k1.getPublicKey(fromHex(wallet.privateKey), false))

  let network: Promise<NetworkProfile> | undefined
  const profile = () => {
    network ??= oracleProfile(options)
    network.catch(() => {
      network = undefined
    })
    return network
  }

  const app = new Hono()
  app.get('/health', (context) => context.json({ status: 'ok', simulated: true }))
  app.get('/info', async (context) => {
    const { chainId } = await profile()
    const info: OracleInfo = {
      address: wallet.address,
      publicKey,
      chainId,
      dialects: ['agent-nft'],
      attestation: 'simulated',
      simulated: true,
    }
    return context.json(info)
  })
  const notATransfer = () =>
    ogError('VALUE_INVALID', {
      value: 'the body',
      expected: 'a transfer to prove',
      example: 'it needs contract, tokenId, from, to, accessProofs, sealedKeys, deadline and authorization',
    })
  const onError = (context: Context) => {
    context.header('connection', 'close')
    return context.json({ error: notATransfer().toJSON() }, 413)
  }
  app.post('/transfer/prove', bodyLimit({ maxSize: MAX_BODY_BYTES, onError }), async (context) => {
    const body = parseProveTransferBody(parseJson(await context.req.text()))
    if (!body) throw notATransfer()
    const resolved = await profile()
    const fetchBlob = options.fetchBlob ?? ((root: Hex) => getBytes(root, { profile: resolved }))
    const proofs = await proveTransfer(body, { profile: resolved, wallet, fetchBlob, now: options.now ?? Date.now })
    const { contract, tokenId, from, to } = body
    log.info({ event: 'key released', contract, tokenId, from, to }, `re-sealed the keys of agent ${tokenId} to ${to}`)
    const reply: ProveTransferReply = { simulated: true, oracle: wallet.address, proofs }
    return context.json(reply)
  })
  app.notFound((context) =>
    context.json({ error: ogError('NOT_FOUND', { what: context.req.path, topic: 'agent' }).toJSON() }, 404),
  )
  app.onError((thrown, context) => {
    const error = toOgError(thrown)
    const status = HTTP_STATUS[error.category as keyof typeof HTTP_STATUS] ?? 500
    log[status >= 500 ? 'error' : 'info']({ err: thrown, code: error.code }, error.message)
    return context.json({ error: error.toJSON() }, status)
  })

  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const url = await bindServer(server, { host, port, strict: strictPorts })
  log.info({ url, address: wallet.address, simulated: true }, 'agent oracle (simulated TEE) is ready')
  return {
    endpoints: { oracle: url },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function oracleProfile({ config, dataDir, chainRpc, indexer }: StartAgentOracleOptions): Promise<NetworkProfile> {
  const [rpc, storage] = await Promise.all([chainRpc, indexer])
  const chainId = await chainIdOf(createRpc(rpc))
  const { contracts } = config
  return { name: 'devnet', chainId, rpc, contracts, storage: { indexer: storage }, stateDir: dataDir, accounts: [] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

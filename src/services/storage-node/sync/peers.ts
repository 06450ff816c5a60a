import type { Logger } from 'pino'
import { createRpc, type RpcClient } from '../../../client/chain/rpc.ts'
import { isOgError } from '../../../errors/og-error.ts'
import { isValidShard, type ShardConfig } from '../../../protocol/storage/shard.ts'
import type { Hex } from '../../../protocol/storage/units.ts'
import type { NodeStatus, ShardedNodes } from '../../../protocol/storage/wire.ts'
import { postJson } from '../../../utils/post-json.ts'

/** Another storage node. `given`: named at start, and tried for ever; others found us, or were found through somebody. */
export type Peer = {
  url: string
  rpc: RpcClient
  config: ShardConfig
  isGiven: boolean
  direction: 'Incoming' | 'Outgoing'
  status: 'connected' | 'disconnected' | 'banned'
  /** milliseconds since 1970 */
  lastSeenAt: number
  bannedUntil: number
}

type Network = { chainId: number; flow: Hex }

const ANSWER_MS = 3_000
const TRANSFER_MS = 30_000
const ROUND_MS = 3_000
const BAN_MS = 600_000
/** A peer that came by itself and is gone this long is forgotten. */
const FORGET_MS = 60_000
const MAX_PEERS = 64

/**
 * The other storage nodes of the network: whom this one was told of, who came by, and whom those know. They are asked again and
 * again who they are; one that was down introduces itself when it starts, and one of another network is never used.
 */
export class Peers {
  readonly #network: Network
  readonly #log: Logger
  readonly #signal: AbortSignal
  readonly #onConnect: () => void
  readonly #known = new Map<string, Peer>()
  /** URLs given at start that did not answer yet */
  readonly #awaited = new Set<string>()
  #self = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: { network: Network; log: Logger; signal: AbortSignal; onConnect: () => void }) {
    this.#network = options.network
    this.#log = options.log
    this.#signal = options.signal
    this.#onConnect = options.onConnect
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Starts to look after peers. `self` is the URL of this node, as others reach it. */
  start(self: string, given: readonly string[]): void {
    this.#self = self
    for (const url of given) this.give(url)
    const round = async (): Promise<void> => {
      await this.#round()
      if (this.#signal.aborted) return
      this.#timer = setTimeout(() => void round(), ROUND_MS)
      this.#timer.unref()
    }
    void round()
  }

  /** Names a peer that is to be tried until it answers: a node, or an indexer that lists nodes. */
  give(url: string): void {
    this.#awaited.add(url)
    if (this.#self !== '') void this.#meetAwaited(url)
  }

  /** Takes a node that says it is there; false when it is not, or not of this network. */
  async introduce(url: string): Promise<boolean> {
    const origin = originOf(url)
    if (origin === undefined || origin === this.#self) return false
    const known = this.#known.get(origin)
    if (known?.status === 'connected' && Date.now() - known.lastSeenAt < 2 * ROUND_MS) return true
    return await this.#meet(origin, { isGiven: false, direction: 'Incoming' })
  }

  all(): Peer[] {
    return [...this.#known.values()]
  }

  connected(): Peer[] {
    return this.all().filter(({ status }) => status === 'connected')
  }

  /** Asks a peer nothing more for ten minutes: it served what does not lead to the root. */
  ban(peer: Peer, reason: string): void {
    peer.status = 'banned'
    peer.bannedUntil = Date.now() + BAN_MS
    this.#log.error({ peer: peer.url, reason }, 'peer served a segment that is not proven: dropped')
  }

  /** A peer did not answer: the next round finds out whether it is back. */
  lose(peer: Peer): void {
    if (peer.status === 'connected') peer.status = 'disconnected'
  }

  async #round(): Promise<void> {
    await Promise.all([
      ...[...this.#awaited].map((url) => this.#meetAwaited(url)),
      ...this.all().map(async ({ url, isGiven, direction }) => {
        if (await this.#meet(url, { isGiven, direction })) await this.#exchange(url)
      }),
    ])
    for (const { url, isGiven, status, lastSeenAt } of this.all()) {
      const isGone = status === 'disconnected' && Date.now() - lastSeenAt > FORGET_MS
      if (isGone && !isGiven) this.#known.delete(url)
    }
  }

  /** A URL given at start: of a node, or of an indexer, whose nodes are met instead. */
  async #meetAwaited(url: string): Promise<void> {
    const origin = originOf(url)
    if (origin === undefined) {
      this.#awaited.delete(url)
      return this.#log.error({ url }, 'this is no URL of a peer')
    }
    if (origin === this.#self || (await this.#meet(origin, { isGiven: true, direction: 'Outgoing' }))) {
      this.#awaited.delete(url)
      return
    }
    const nodes = await ask<Partial<ShardedNodes>>(origin, 'indexer_getShardedNodes')
    const listed = Array.isArray(nodes?.trusted) ? nodes.trusted.map((node: { url?: unknown } | null) => node?.url) : []
    const origins = [...new Set(listed.map(originOf))].filter((one) => one !== undefined && one !== this.#self)
    const met = await Promise.all(
      origins.slice(0, MAX_PEERS).map((one) => this.#meet(one as string, { isGiven: true, direction: 'Outgoing' })),
    )
    if (met.includes(true)) this.#awaited.delete(url)
  }

  /** Tells a peer of this node, and meets the peers it knows. */
  async #exchange(url: string): Promise<void> {
    const [, theirs] = await Promise.all([
      ask(url, 'admin_addPeer', [this.#self]),
      ask<Record<string, { listeningAddresses?: unknown } | null>>(url, 'admin_getPeers'),
    ])
    const urls = Object.values(theirs ?? {}).flatMap((one) =>
      Array.isArray(one?.listeningAddresses) ? one.listeningAddresses : [],
    )
    for (const other of urls.slice(0, MAX_PEERS)) {
      const origin = originOf(other)
      if (origin === undefined || origin === this.#self || this.#known.has(origin)) continue
      await this.#meet(origin, { isGiven: false, direction: 'Outgoing' })
    }
  }

  /** Asks a node who it is; true when it is connected afterwards. */
  async #meet(url: string, how: Pick<Peer, 'isGiven' | 'direction'>): Promise<boolean> {
    const known = this.#known.get(url)
    if (known?.status === 'banned' && Date.now() < known.bannedUntil) return false
    if (!known && this.#known.size >= MAX_PEERS) return false
    const [status, config] = await Promise.all([
      ask<NodeStatus>(url, 'zgs_getStatus'),
      ask<ShardConfig>(url, 'zgs_getShardConfig'),
    ])
    const isOurs =
      status?.networkIdentity?.chainId === this.#network.chainId &&
      String(status.networkIdentity.flowAddress).toLowerCase() === this.#network.flow.toLowerCase()
    if (!isOurs || !config || !isValidShard(config)) {
      if (known) this.lose(known)
      return false
    }
    const isNew = known?.status !== 'connected'
    const rpc = known?.rpc ?? createRpc(url, { transport: postJson, timeoutMs: TRANSFER_MS })
    const peer: Peer = known ?? { ...how, url, rpc, config, status: 'connected', lastSeenAt: 0, bannedUntil: 0 }
    peer.isGiven ||= how.isGiven
    peer.config = { shardId: config.shardId, numShard: config.numShard }
    peer.status = 'connected'
    peer.lastSeenAt = Date.now()
    this.#known.set(url, peer)
    if (!isNew) return true
    this.#log.info({ peer: url, shard: peer.config }, 'peer connected')
    this.#onConnect()
    void this.#exchange(url)
    return true
  }
}

/** What a node answers to a short question; undefined when it does not. */
async function ask<T>(url: string, method: string, params: unknown[] = []): Promise<T | undefined> {
  try {
    return await createRpc(url, { transport: postJson, timeoutMs: ANSWER_MS }).request<T>(method, params)
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}

function originOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { protocol, origin } = new URL(url)
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined
}

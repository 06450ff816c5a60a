import { serverError } from '../../protocol/storage/rpc-faults.ts'
import { isValidShard, missingShards, type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { connectNode, type NodeClient, NodeDown } from './node-client.ts'

/** How long a node that does not listen is waited for when nobody can stand in: a killed one is back within two seconds. */
const RETRY_FOR_MS = 4_000
const RETRY_PAUSE_MS = 50
const READ_TIMEOUT_MS = 20_000
const DISCOVERY_TIMEOUT_MS = 3_000
const MAX_DISCOVERED = 64

/**
 * The nodes behind the gateway. Trusted ones were configured, are written to and believed; discovered ones are peers of those
 * (a node that joined), and what they serve is proven before it is handed on.
 */
export class NodeSet {
  readonly trusted: NodeClient[] = []
  readonly #discovered = new Map<string, NodeClient>()
  /** URLs that introduced themselves here */
  readonly #introduced = new Set<string>()
  #turn = 0

  introduce(url: string): boolean {
    if (this.#introduced.size >= MAX_DISCOVERED || !URL.canParse(url)) return false
    const { origin, protocol } = new URL(url)
    if (protocol !== 'http:' && protocol !== 'https:') return false
    if (!this.trusted.some((node) => node.url === origin)) this.#introduced.add(origin)
    return true
  }

  /** Nodes that joined and answer, found through the trusted ones. */
  async discovered(except: string): Promise<NodeClient[]> {
    const answers = await Promise.all(this.trusted.filter(({ isUp }) => isUp).map((node) => peersOf(node)))
    const trusted = new Set([except, ...this.trusted.map(({ url }) => url)])
    const urls = [...new Set([...this.#introduced, ...answers.flat()])].filter((url) => !trusted.has(url))
    const nodes = await Promise.all(
      urls.slice(0, MAX_DISCOVERED).map(async (url) => {
        try {
          const node = this.#discovered.get(url) ?? (await connectNode('a node that joined', url, DISCOVERY_TIMEOUT_MS))
          this.#discovered.set(url, node)
          const config = await node.call<ShardConfig | null>('zgs_getShardConfig', [], DISCOVERY_TIMEOUT_MS)
          if (!config || !isValidShard(config)) throw new Error(`${url} has no shard`)
          node.config = { shardId: config.shardId, numShard: config.numShard }
          return node
        } catch {
          // One that is there introduces itself again; what nobody answers at must not take its place.
          this.#discovered.delete(url)
          this.#introduced.delete(url)
          return undefined
        }
      }),
    )
    return nodes.filter((node) => node !== undefined)
  }

  /**
   * The answers of all nodes that give one. When asked to be patient, waits for a node that restarts as long as those that
   * answer do not cover all shards.
   * @throws MissingShard when some shard has no node that answers
   */
  async askAll<T>(method: string, params: unknown[], isPatient = true): Promise<{ config: ShardConfig; answer: T }[]> {
    return await this.#patiently(isPatient, async () => {
      const failures: unknown[] = []
      const answers = await Promise.all(
        this.#inTurn(this.trusted).map(async ({ config, call }) => {
          try {
            return { config, answer: await call<T>(method, params, READ_TIMEOUT_MS) }
          } catch (error) {
            failures.push(error)
            return undefined
          }
        }),
      )
      const given = answers.filter((one) => one !== undefined)
      if (covers(given)) return given
      throw failures.find((error) => !(error instanceof NodeDown)) ?? this.#missing(given)
    })
  }

  /**
   * The first answer that is not null, nodes that are up first, in turns; null when no node has one.
   * @throws MissingShard when none answers · RpcFault when one answers with an error and none with a result
   */
  async askOne<T>(
    nodes: readonly NodeClient[],
    method: string,
    params: unknown[],
    isPatient = true,
  ): Promise<T | null> {
    return await this.#patiently(isPatient, async () => {
      let failure: unknown
      let isAnswered = false
      for (const node of this.#inTurn(nodes)) {
        try {
          const answer = await node.call<T | null>(method, params, nodes.length > 1 ? READ_TIMEOUT_MS : undefined)
          if (answer !== null && answer !== undefined) return answer
          isAnswered = true
        } catch (error) {
          if (!(error instanceof NodeDown)) failure = error
        }
      }
      if (failure !== undefined) throw failure
      if (isAnswered) return null
      throw this.#missing(this.trusted.filter((node) => !nodes.includes(node)))
    })
  }

  /**
   * Gives each node its part, and returns once every item is with at least one node that owns it; a replica that is down fetches
   * its part from the others later.
   * @throws the first error a node answered with, when an item is with none · RpcFault when nobody who owns one answers
   */
  async tellOwners<T>(
    items: readonly T[],
    owners: (item: T) => readonly NodeClient[],
    tell: (node: NodeClient, part: T[]) => Promise<unknown>,
  ): Promise<void> {
    let left = [...items]
    await this.#patiently(true, async () => {
      const parts = new Map<NodeClient, T[]>()
      for (const item of left) {
        const all = owners(item)
        const up = all.filter(({ isUp }) => isUp)
        for (const node of up.length > 0 ? up : all) parts.set(node, [...(parts.get(node) ?? []), item])
      }
      const stored = new Set<T>()
      let failure: unknown
      await Promise.all(
        [...parts].map(async ([node, part]) => {
          try {
            await tell(node, part)
            for (const item of part) stored.add(item)
          } catch (error) {
            if (!(error instanceof NodeDown)) failure ??= error
          }
        }),
      )
      left = left.filter((item) => !stored.has(item))
      if (left.length === 0) return
      if (failure !== undefined) throw failure
      const without = new Set(left.flatMap((item) => owners(item)))
      throw this.#missing(this.trusted.filter((node) => !without.has(node)))
    })
  }

  /** Tries again for as long as a killed node takes to come back; errors that nodes answered with are final. */
  async #patiently<T>(isPatient: boolean, attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        const mayReturn = this.trusted.some(({ isUp, downSince }) => !isUp && Date.now() - downSince < RETRY_FOR_MS)
        if (!(error instanceof MissingShard && isPatient && mayReturn)) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS))
      }
    }
  }

  /** Those that are up first, beginning with another one each time, so that replicas share the work. */
  #inTurn(nodes: readonly NodeClient[]): NodeClient[] {
    const up = nodes.filter(({ isUp }) => isUp)
    const start = up.length > 1 ? this.#turn++ % up.length : 0
    return [...up.slice(start), ...up.slice(0, start), ...nodes.filter(({ isUp }) => !isUp)]
  }

  #missing(given: readonly { config: ShardConfig }[]): MissingShard {
    const shards = missingShards(given.map(({ config }) => config))
    const names = shards.map(({ shardId, numShard }) => `${shardId}/${numShard}`).join(', ')
    const down = this.trusted.filter(({ isUp }) => !isUp).map(({ name, url }) => `${name} (${url})`)
    return new MissingShard(
      serverError(`no storage node of shard ${names} answers${down.length > 0 ? `: ${down.join(', ')}` : ''}`),
    )
  }
}

/** A shard of which no node answers. */
export class MissingShard extends RpcFault {}

/** Whether nodes together store everything. */
export function covers(nodes: readonly { config: ShardConfig }[]): boolean {
  return selectNodes(nodes, 1, 'max') !== undefined
}

async function peersOf(node: NodeClient): Promise<string[]> {
  try {
    const peers = await node.call<
      Record<string, { listeningAddresses?: unknown; connectionStatus?: { status?: unknown } }>
    >('admin_getPeers', [], DISCOVERY_TIMEOUT_MS)
    return Object.values(peers).flatMap(({ listeningAddresses, connectionStatus }) =>
      connectionStatus?.status === 'connected' && Array.isArray(listeningAddresses)
        ? listeningAddresses.filter((url) => typeof url === 'string')
        : [],
    )
  } catch {
    return []
  }
}

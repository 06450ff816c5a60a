import { getEvents } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'
import { agentContract, findAgent, manifestEntry } from './agent-contract.ts'
import { dataKeyOwner } from './keystore.ts'

/** One agent as anyone may see it. */
export type AgentSummary = {
  agentId: string
  /** public name; null when the minter published none */
  name: string | null
  model: string | null
  owner: Hex
  contract: Hex
  root: Hex | null
  /** whether this machine's keystore holds the data key, sealed to the present owner */
  canDecrypt: boolean
}

const READ_CONCURRENCY = 8

/**
 * The agents of a network, by id; only those of `owner` when given.
 * @throws OgError NOT_FOUND when the network has no agent contract, NETWORK_UNREACHABLE
 */
export async function listAgents(options: {
  profile: NetworkProfile
  owner?: Hex | undefined
  signal?: AbortSignal | undefined
}): Promise<AgentSummary[]> {
  const { profile, owner, signal } = options
  const contract = agentContract(profile)
  const transfers = await getEvents<{ to: Hex; tokenId: bigint }>({ ...contract, eventName: 'Transfer', signal })
  const owners = new Map(transfers.map(({ args }) => [args.tokenId, args.to.toLowerCase()]))
  const wanted = [...owners].filter(([, holder]) => owner === undefined || holder === owner).map(([tokenId]) => tokenId)
  const found: AgentSummary[] = []
  const worker = async () => {
    for (let tokenId = wanted.shift(); tokenId !== undefined; tokenId = wanted.shift()) {
      const agent = await findAgent(contract, tokenId, signal)
      if (!agent) continue
      const entry = manifestEntry(agent)
      const { name, model } = entry?.description.extra ?? {}
      const keyOwner = entry && (await dataKeyOwner(profile, entry.dataHash).catch(() => undefined))
      found.push({
        agentId: `${tokenId}`,
        name: typeof name === 'string' ? name : null,
        model: typeof model === 'string' ? model : null,
        owner: agent.owner,
        contract: contract.address,
        root: entry?.dataHash ?? null,
        canDecrypt: keyOwner === agent.owner,
      })
    }
  }
  await Promise.all(Array.from({ length: READ_CONCURRENCY }, worker))
  return found.sort((a, b) => Number(BigInt(a.agentId) - BigInt(b.agentId)))
}

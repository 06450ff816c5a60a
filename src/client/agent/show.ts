import { isOgError } from '../../errors/og-error.ts'
import type { AgentFile, AgentManifest } from '../../protocol/agent/agent-manifest.ts'
import { readContract } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { type AgentId, agentContract, manifestEntry, readAgent } from './agent-contract.ts'
import { openAgent } from './open-agent.ts'

/** What a network tells about an agent, and what its owner can read. */
export type AgentDetails = {
  agentId: string
  contract: Hex
  owner: Hex
  name: string | null
  model: { name: string; root: Hex | null } | null
  datas: { role: string; root: Hex; sizeBytes: number | null }[]
  /** who may use the agent without owning it */
  authorizedUsers: Hex[]
  creator: Hex | null
  /** the decrypted manifest's content; null when the wallet cannot open it */
  content: { persona: AgentFile | null; memory: AgentFile[]; createdAt: string } | null
  /** code of the reason why `content` is null */
  locked: string | null
}

/** Not being able to decrypt is a fact about the agent and the wallet, not a failure of showing it. */
const LOCKS = new Set(['WRONG_KEY', 'AGENT_KEY_MISSING', 'KEYSTORE_LOCKED'])
const ZERO_ADDRESS = `0x${'0'.repeat(40)}`

/**
 * Everything about one agent. Without a wallet, or with one that cannot decrypt, the public part.
 * @throws OgError NOT_FOUND, NETWORK_UNREACHABLE, AGENT_DATA_INVALID, KEYSTORE_DAMAGED
 */
export async function showAgent(options: {
  profile: NetworkProfile
  id: AgentId
  wallet?: Wallet | undefined
  signal?: AbortSignal | undefined
}): Promise<AgentDetails> {
  const { profile, id, wallet, signal } = options
  const contract = agentContract(profile, id.contract)
  const read = <T>(functionName: string) =>
    readContract<T>({ ...contract, functionName, args: [id.tokenId], signal }).catch(() => undefined)
  const [chain, users, creator] = await Promise.all([
    readAgent(contract, id.tokenId, signal),
    read<readonly Hex[]>('authorizedUsersOf'),
    read<Hex>('creatorOf'),
  ])
  let manifest: AgentManifest | undefined
  let locked: string | null = 'KEY_MISSING'
  if (wallet) {
    try {
      manifest = (await openAgent({ profile, wallet, contract, tokenId: id.tokenId, signal })).manifest
      locked = null
    } catch (error) {
      if (!isOgError(error) || !LOCKS.has(error.code)) throw error
      locked = error.code
    }
  }
  const { name, model, model_root: modelRoot } = manifestEntry(chain)?.description.extra ?? {}
  const publicModel =
    typeof model === 'string' ? { name: model, root: typeof modelRoot === 'string' ? (modelRoot as Hex) : null } : null
  return {
    agentId: `${id.tokenId}`,
    contract: contract.address,
    owner: chain.owner,
    name: manifest?.name ?? (typeof name === 'string' ? name : null),
    model: manifest?.model ?? publicModel,
    datas: chain.datas.map(({ dataHash, description }) => ({
      role: description.role,
      root: dataHash,
      sizeBytes: description.storage?.sizeBytes ?? null,
    })),
    authorizedUsers: [...(users ?? [])],
    creator: creator === undefined || creator === ZERO_ADDRESS ? null : creator,
    content: manifest ? { persona: manifest.persona, memory: manifest.memory, createdAt: manifest.createdAt } : null,
    locked,
  }
}

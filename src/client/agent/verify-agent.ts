import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { compareLink, failedLink } from '../verify/link.ts'
import { contentLinks } from './agent-content-links.ts'
import { type AgentId, type AgentOnChain, agentContract, manifestEntry, readAgent } from './agent-contract.ts'
import { historyLinks } from './agent-history-links.ts'
import { loadDataKey } from './keystore.ts'
import { ownerName } from './open-agent.ts'
import { fetchStored, storedLinks } from './stored-data.ts'

export type VerifyAgentOptions = {
  profile: NetworkProfile
  id: AgentId
  /** account that claims the agent: it must own it and be able to decrypt it */
  claimant?: Wallet | undefined
  /** wallet to decrypt with when nobody claims the agent; used only if it is the owner's */
  walletOf?: ((owner: Hex) => Wallet | undefined) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Walks an agent backwards: owner and history on chain, data hashes against the stored bytes, the oracle's signatures where
 * the agent changed hands, the decrypted manifest against its ciphertext, every file against the manifest, the model
 * against what providers offer. What cannot be asked or decrypted is `unchecked`.
 * @throws OgError NOT_FOUND when there is no such agent, NETWORK_UNREACHABLE when the chain cannot be asked at all
 */
export async function verifyAgent(options: VerifyAgentOptions): Promise<Evidence> {
  const { profile, id, claimant, signal } = options
  const contract = agentContract(profile, id.contract)
  const agent = await readAgent(contract, id.tokenId, signal)
  const links: EvidenceLink[] = await historyLinks({ profile, contract, agent, signal })
  if (claimant) {
    const expected = ownerName(profile, claimant.address)
    links.push(compareLink('the account that asks owns the agent', expected, ownerName(profile, agent.owner)))
  }
  const stored = await fetchStored(agent, { profile, signal })
  links.push(...storedLinks(stored))

  const entry = manifestEntry(agent)
  const blob = stored.find(({ data }) => data === entry)?.bytes
  const key = await findDataKey(options, agent, entry?.dataHash)
  links.push(...key.links)
  if (entry && blob && key.dataKey) {
    links.push(...(await contentLinks({ profile, entry, blob, dataKey: key.dataKey, signal })))
  }
  return {
    subject: `agent:${id.tokenId}`,
    kind: 'agent',
    verdict: overallVerdict(links),
    links,
  }
}

const KEY_CLAIM = "the owner's key opens the data key"

/** The data key as the present owner's account opens it: the claimant's, or a wallet this machine has for the owner. */
async function findDataKey(
  { profile, claimant, walletOf }: VerifyAgentOptions,
  agent: AgentOnChain,
  dataHash: Hex | undefined,
): Promise<{ dataKey?: Uint8Array; links: EvidenceLink[] }> {
  const unchecked = (note: string): EvidenceLink => ({ claim: KEY_CLAIM, verdict: 'unchecked', note })
  if (!dataHash)
    return { links: [{ claim: 'the agent has data', verdict: 'false', expected: 'one entry', actual: 'none' }] }
  const wallet = claimant ?? walletOf?.(agent.owner)
  if (!wallet) return { links: [unchecked('the key of the owner is not here, so the content stays encrypted')] }
  try {
    const dataKey = await loadDataKey({ profile, wallet, dataHash })
    if (!dataKey) return { links: [unchecked('the data key is not in the keystore of this machine')] }
    const link: EvidenceLink = {
      claim: KEY_CLAIM,
      verdict: 'true',
      expected: `sealed to ${wallet.address}`,
      actual: `opened by ${wallet.address}`,
    }
    return { dataKey, links: [link] }
  } catch (error) {
    const link = failedLink(KEY_CLAIM, error)
    // Another account asked and cannot open it: for that account the claim was checked, and does not hold.
    const verdict = claimant && claimant.address !== agent.owner ? 'false' : link.verdict
    return { links: [{ ...link, verdict }] }
  }
}

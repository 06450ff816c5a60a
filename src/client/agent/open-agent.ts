import { ogError } from '../../errors/og-error.ts'
import { type AgentFile, type AgentManifest, decodeAgentManifest } from '../../protocol/agent/agent-manifest.ts'
import { decryptBlob } from '../../protocol/agent/encrypted-blob.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'
import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { getBytes } from '../storage/get.ts'
import { type AgentContract, type AgentOnChain, manifestEntry, readAgent } from './agent-contract.ts'
import { keystoreDirectory, loadDataKey } from './keystore.ts'

/** An agent whose manifest was fetched by proof and decrypted; its files are fetched when read. */
export type OpenAgent = {
  chain: AgentOnChain
  root: Hex
  manifest: AgentManifest
  /** plaintext of one of the manifest's files, checked against the manifest */
  read: (file: AgentFile) => Promise<Uint8Array>
}

/**
 * Opens an agent for its owner.
 * @throws OgError NOT_FOUND, WRONG_KEY when the wallet is not the owner's or cannot decrypt, AGENT_KEY_MISSING,
 *   AGENT_DATA_INVALID, KEYSTORE_DAMAGED, KEYSTORE_LOCKED, and those of reading storage
 */
export async function openAgent(options: {
  profile: NetworkProfile
  wallet: Wallet
  contract: AgentContract
  tokenId: bigint
  signal?: AbortSignal | undefined
}): Promise<OpenAgent> {
  const { profile, wallet, contract, tokenId, signal } = options
  const chain = await readAgent(contract, tokenId, signal)
  if (chain.owner !== wallet.address) {
    const reason = `agent ${tokenId} belongs to ${ownerName(profile, chain.owner)}; ${wallet.address} cannot decrypt it`
    throw ogError('WRONG_KEY', { reason })
  }
  const invalid = (reason: string) => ogError('AGENT_DATA_INVALID', { id: `${tokenId}`, reason })
  const entry = manifestEntry(chain)
  if (!entry) throw invalid('it has no data')
  const dataKey = await loadDataKey({ profile, wallet, dataHash: entry.dataHash })
  if (!dataKey) throw ogError('AGENT_KEY_MISSING', { id: `${tokenId}`, directory: keystoreDirectory(profile) })

  const open = async (root: Hex, what: string) => {
    const plaintext = await decryptBlob(await getBytes(root, { profile, signal }), dataKey)
    if (!plaintext) throw invalid(`${what} does not open with the data key`)
    return plaintext
  }
  const manifest = decodeAgentManifest(await open(entry.dataHash, 'the manifest'))
  if (!manifest) throw invalid('its data is not an agent manifest of a version this program knows')
  const read = async (file: AgentFile) => {
    const plaintext = await open(file.root, file.path)
    if (sha256Hex(plaintext) !== file.sha256) throw invalid(`${file.path} is not the file the manifest names`)
    return plaintext
  }
  return { chain, root: entry.dataHash, manifest, read }
}

/** An account by its label where the network has one. */
export function ownerName(profile: NetworkProfile, address: Hex): string {
  const role = profile.accounts.find((account) => account.address.toLowerCase() === address.toLowerCase())?.role
  return role ? `${role} (${address})` : address
}

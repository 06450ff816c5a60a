import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import type { NetworkProfile } from '../profile.ts'
import { getBytes } from '../storage/get.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import { compareLink, failedLink } from '../verify/link.ts'
import type { AgentData, AgentOnChain } from './agent-contract.ts'

/** One data entry of an agent and what storage gave for its hash. */
export type StoredData = { data: AgentData; bytes?: Uint8Array; failure?: unknown }

/** Fetches the blob of every data entry, remembering failures instead of throwing them. */
export async function fetchStored(
  agent: AgentOnChain,
  options: { profile: NetworkProfile; signal?: AbortSignal | undefined },
): Promise<StoredData[]> {
  return await Promise.all(
    agent.datas.map(async (data) => {
      try {
        return { data, bytes: await getBytes(data.dataHash, options) }
      } catch (failure) {
        options.signal?.throwIfAborted()
        return { data, failure }
      }
    }),
  )
}

/** The data hashes on chain against the bytes storage gave: root computed again here, and the published pointer beside it. */
export function storedLinks(stored: readonly StoredData[]): EvidenceLink[] {
  return stored.flatMap(({ data, bytes, failure }, i) => {
    const { storage, role } = data.description
    const what = `data ${i}${role ? ` (${role})` : ''}`
    const claim = `${what}: the hash on chain is the storage root of the stored bytes`
    const pointer = storage
      ? [compareLink(`${what}: the published pointer names the hash on chain`, data.dataHash, storage.root)]
      : []
    if (!bytes) return [...pointer, failedLink(claim, failure)]
    const size = storage
      ? [
          compareLink(
            `${what}: the stored size is the published one`,
            `${storage.sizeBytes} bytes`,
            `${bytes.length} bytes`,
          ),
        ]
      : []
    return [
      ...pointer,
      compareLink(claim, data.dataHash, bytes.length > 0 ? fileTreeOf(bytes).root : undefined),
      ...size,
    ]
  })
}

import { contractAbi } from '../../contracts/abi.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { type DataDescription, decodeDataDescription } from '../../protocol/agent/data-description.ts'
import { type ContractAbi, readContract } from '../chain/contract.ts'
import { createRpc, type Hex, type RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

/** Where agents live: the AgentNFT of a network, or another one named in an agent id. */
export type AgentContract = { rpc: RpcClient; address: Hex; abi: ContractAbi }

export type AgentData = { dataHash: Hex; text: string; description: DataDescription }

/** An agent as the chain knows it. */
export type AgentOnChain = { tokenId: bigint; owner: Hex; datas: AgentData[] }

export type AgentId = { tokenId: bigint; contract?: Hex }

const MAX_UINT256 = 2n ** 256n - 1n

/**
 * The AgentNFT of a network.
 * @throws OgError NOT_FOUND when the network has none
 */
export function agentContract(profile: NetworkProfile, address?: Hex): AgentContract {
  const found = address ?? profile.contracts['AgentNFT']
  if (!found) throw ogError('NOT_FOUND', { what: `an AgentNFT contract on ${profile.name}`, topic: 'agent' })
  return { rpc: createRpc(profile.rpc), address: found.toLowerCase() as Hex, abi: contractAbi('AgentNFT') }
}

/** Reads an agent id: `7`, `agent:7` or `0xCONTRACT:7`. Undefined when the text is none of these. */
export function parseAgentId(text: string): AgentId | undefined {
  const match = /^(?:agent:|(0x[0-9a-f]{40}):)?(\d{1,78})$/i.exec(text.trim())
  if (!match?.[2]) return undefined
  const tokenId = BigInt(match[2])
  if (tokenId > MAX_UINT256) return undefined
  return match[1] ? { tokenId, contract: match[1].toLowerCase() as Hex } : { tokenId }
}

/**
 * Reads an agent id given by a user.
 * @throws OgError VALUE_INVALID
 */
export function requireAgentId(text: string): AgentId {
  const id = parseAgentId(text)
  if (id) return id
  throw ogError('VALUE_INVALID', {
    value: JSON.stringify(text),
    expected: 'an agent id',
    example: 'for example 0, agent:0 or 0x…:0; `0g agent ls` lists them',
  })
}

/** Owner and data of an agent; undefined when the contract has no such token. @throws OgError NETWORK_UNREACHABLE, RPC_ERROR */
export async function findAgent(
  contract: AgentContract,
  tokenId: bigint,
  signal?: AbortSignal,
): Promise<AgentOnChain | undefined> {
  const read = <T>(functionName: string) => readContract<T>({ ...contract, functionName, args: [tokenId], signal })
  try {
    const [owner, datas] = await Promise.all([
      read<Hex>('ownerOf'),
      read<readonly { dataDescription: string; dataHash: Hex }[]>('intelligentDatasOf'),
    ])
    return {
      tokenId,
      owner: owner.toLowerCase() as Hex,
      datas: datas.map(({ dataDescription, dataHash }) => ({
        dataHash: dataHash.toLowerCase() as Hex,
        text: dataDescription,
        description: decodeDataDescription(dataDescription),
      })),
    }
  } catch (error) {
    if (isOgError(error) && error.details?.['error'] === 'ERC721NonexistentToken') return undefined
    // An address without code answers every call with nothing, which decodes to no owner.
    const code = isOgError(error)
      ? ''
      : await contract.rpc.request('eth_getCode', [contract.address, 'latest'], { signal })
    if (code !== '0x') throw error
    throw ogError('NOT_FOUND', { what: `an agent contract at ${contract.address}`, topic: 'agent' }, { cause: error })
  }
}

/**
 * Owner and data of an agent.
 * @throws OgError NOT_FOUND, NETWORK_UNREACHABLE, RPC_ERROR
 */
export async function readAgent(contract: AgentContract, tokenId: bigint, signal?: AbortSignal): Promise<AgentOnChain> {
  const agent = await findAgent(contract, tokenId, signal)
  if (!agent) throw ogError('NOT_FOUND', { what: `agent ${tokenId} of ${contract.address}`, topic: 'agent' })
  return agent
}

/** The entry that holds the agent's manifest: the one of that role, else the first. */
export function manifestEntry(agent: AgentOnChain): AgentData | undefined {
  return agent.datas.find(({ description }) => description.role === 'manifest') ?? agent.datas[0]
}

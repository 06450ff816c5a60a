import { utf8ToBytes } from '@noble/hashes/utils.js'
import { ogError } from '../../errors/og-error.ts'
import { type AgentManifest, MAX_AGENT_NAME_LENGTH } from '../../protocol/agent/agent-manifest.ts'
import { BLOB_OVERHEAD_BYTES } from '../../protocol/agent/encrypted-blob.ts'
import { canonicalJson } from '../../protocol/canonical-json.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'
import { readContract } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import { chooseOffer, listOffers } from '../compute/offers.ts'
import type { OnComputeStep } from '../compute/progress.ts'
import type { NetworkProfile } from '../profile.ts'
import { type AgentContent, contentSizeBytes, readAgentContent } from './agent-content.ts'
import { type AgentContract, agentContract } from './agent-contract.ts'
import { mintCost } from './mint-cost.ts'

export type MintOptions = {
  profile: NetworkProfile
  wallet: Wallet
  name: string
  /** a model on offer on this network */
  model: string
  /** directory whose files become the memory */
  memory?: string | undefined
  /** file that becomes the system prompt */
  persona?: string | undefined
  /** called once before anything is done; not at all when there is nothing to do */
  onPlan?: ((plan: MintPlan) => void) | undefined
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}

/** What a mint will do. Costs are estimates at today's prices; `filesStored` counts the manifest. */
export type MintPlan = {
  name: string
  owner: Hex
  contract: Hex
  model: AgentManifest['model']
  personaBytes: number
  memoryFiles: number
  memoryBytes: number
  encryptBytes: number
  filesStored: number
  storeBytes: number
  mintFeeWei: bigint
  storageFeeWei: bigint
  gasWei: bigint
  costWei: bigint
}

/** A mint whose inputs were all read and checked. */
export type PreparedMint = { plan: MintPlan; content: AgentContent; contract: AgentContract; mintId: string }

/**
 * Checks everything that can be checked without doing anything, and says what a mint will do and cost.
 * @throws OgError UNKNOWN_MODEL, VALUE_INVALID, NOT_FOUND; system errors of the files
 */
export async function planMint(options: MintOptions): Promise<MintPlan> {
  return (await prepareMint(options)).plan
}

/** Reads and checks the inputs of a mint. @throws as planMint */
export async function prepareMint(options: MintOptions): Promise<PreparedMint> {
  const { profile, wallet, signal } = options
  const name = checkedName(options.name)
  const contract = agentContract(profile)
  const [content, offers, mintFeeWei] = await Promise.all([
    readAgentContent(options),
    listOffers({ profile, signal }),
    readContract<bigint>({ ...contract, functionName: 'getMintFee', signal }),
  ])
  const offer = chooseOffer(offers, options.model)
  const model = { name: offer.model, root: offer.modelRoot ? (offer.modelRoot.toLowerCase() as Hex) : null }
  const files = distinctFiles(content)
  const encryptBytes = contentSizeBytes(content)
  const manifestBytes = 512 + 256 * (content.memory.length + 1)
  const blobSizes = [...files.map((size) => size + BLOB_OVERHEAD_BYTES), manifestBytes + BLOB_OVERHEAD_BYTES]
  const { storageFeeWei, gasWei } = await mintCost({ profile, rpc: contract.rpc, blobSizes, signal })
  const plan: MintPlan = {
    name,
    owner: wallet.address,
    contract: contract.address,
    model,
    personaBytes: content.persona?.bytes.length ?? 0,
    memoryFiles: content.memory.length,
    memoryBytes: encryptBytes - (content.persona?.bytes.length ?? 0),
    encryptBytes,
    filesStored: blobSizes.length,
    storeBytes: blobSizes.reduce((sum, size) => sum + size, 0),
    mintFeeWei,
    storageFeeWei,
    gasWei,
    costWei: mintFeeWei + storageFeeWei + gasWei,
  }
  return { plan, content, contract, mintId: mintIdOf(profile, contract, wallet, name, model, content) }
}

/** One id per content and owner: what makes the mint of the same thing the same mint. */
function mintIdOf(
  profile: NetworkProfile,
  contract: AgentContract,
  wallet: Wallet,
  name: string,
  model: AgentManifest['model'],
  { persona, memory }: AgentContent,
): string {
  const identity = {
    chainId: profile.chainId,
    contract: contract.address,
    owner: wallet.address,
    name,
    model,
    persona: persona?.sha256 ?? null,
    memory: memory.map(({ path, sha256 }) => [path, sha256]),
  }
  return sha256Hex(utf8ToBytes(canonicalJson(identity)))
}

function distinctFiles({ persona, memory }: AgentContent): number[] {
  const sizes = new Map([...(persona ? [persona] : []), ...memory].map(({ sha256, bytes }) => [sha256, bytes.length]))
  return [...sizes.values()]
}

function checkedName(name: string): string {
  const trimmed = name.trim().normalize('NFC')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names are printed on terminals
  if (trimmed.length > 0 && [...trimmed].length <= MAX_AGENT_NAME_LENGTH && !/[\u0000-\u001f\u007f]/.test(trimmed)) {
    return trimmed
  }
  throw ogError('VALUE_INVALID', {
    value: JSON.stringify(name),
    expected: `an agent name (1 to ${MAX_AGENT_NAME_LENGTH} characters, no control characters)`,
    example: 'for example --name scout',
  })
}

import { randomBytes } from 'node:crypto'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { ogError } from '../../errors/og-error.ts'
import { type AgentManifest, MAX_AGENT_NAME_LENGTH } from '../../protocol/agent/agent-manifest.ts'
import { encodeDataDescription, MANIFEST_ROLE } from '../../protocol/agent/data-description.ts'
import { BLOB_OVERHEAD_BYTES, DATA_KEY_BYTES } from '../../protocol/agent/encrypted-blob.ts'
import { canonicalJson } from '../../protocol/compute/receipt.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'
import { formatAmount } from '../chain/amount.ts'
import { eventsOfReceipt, getEvents, readContract, writeContract } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import { chooseOffer, listOffers } from '../compute/offers.ts'
import { type OnComputeStep, reportStep } from '../compute/progress.ts'
import type { NetworkProfile } from '../profile.ts'
import { putSources } from '../storage/put-sources.ts'
import { bytesSource } from '../storage/segment-source.ts'
import { type AgentContent, contentSizeBytes, readAgentContent } from './agent-content.ts'
import { type AgentContract, agentContract, findAgent } from './agent-contract.ts'
import { loadDataKey, storeDataKey } from './keystore.ts'
import { mintCost } from './mint-cost.ts'
import { type MintRecord, readMintRecord, withMintLock, writeMintRecord } from './mint-journal.ts'
import { type SealedAgent, sealContent } from './seal-content.ts'

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

export type MintResult = {
  agentId: string
  owner: Hex
  contract: Hex
  name: string
  model: AgentManifest['model']
  /** data hash of the token: the storage root of the encrypted manifest */
  root: Hex
  /** null when this content had been minted before */
  txHash: Hex | null
  /** false when the same content was minted before, and nothing was done */
  isNew: boolean
  costWei: bigint
  plan: MintPlan
}

type Prepared = { plan: MintPlan; content: AgentContent; contract: AgentContract; mintId: string }

/**
 * Checks everything that can be checked without doing anything, and says what a mint will do and cost.
 * @throws OgError UNKNOWN_MODEL, VALUE_INVALID, NOT_FOUND; system errors of the files
 */
export async function planMint(options: MintOptions): Promise<MintPlan> {
  return (await prepare(options)).plan
}

/**
 * Mints an agent: encrypts persona and memory, stores them, and mints a token whose data hash is the root of the encrypted
 * manifest. The data key is in the keystore before anything leaves this machine. Interrupted at any point, the same call
 * resumes; the same content is never minted twice by one owner.
 * @throws OgError UNKNOWN_MODEL, VALUE_INVALID, INSUFFICIENT_FUNDS, MINT_IN_PROGRESS, RPC_REVERTED, NETWORK_UNREACHABLE,
 *   and those of storing; system errors of the files
 */
export async function mintAgent(options: MintOptions): Promise<MintResult> {
  const prepared = await prepare(options)
  return await withMintLock(options.profile, prepared.mintId, () => mintLocked(options, prepared))
}

async function prepare(options: MintOptions): Promise<Prepared> {
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

async function mintLocked(options: MintOptions, prepared: Prepared): Promise<MintResult> {
  const { profile, wallet } = options
  const { plan, contract, mintId } = prepared
  const known = await readMintRecord(profile, mintId)
  const found = known && (await findMinted(options, contract, known))
  if (known && found) {
    await writeMintRecord(profile, { ...known, minted: found })
    return { ...describe(plan, known.root, found), txHash: null, isNew: false, costWei: 0n }
  }
  await requireFunds(options, prepared)
  options.onPlan?.(plan)
  const { record, sealed } = await prepareSealed(options, prepared, known)
  const storedWei = await storeAll(options, sealed)
  const minted = await reportStep(options.onStep, 'mint', 'mint the agent', () =>
    sendMint(options, prepared, record, sealed),
  )
  await writeMintRecord(profile, { ...minted.record, minted: { tokenId: minted.tokenId, txHash: minted.txHash } })
  return {
    ...describe(plan, sealed.root, minted),
    txHash: minted.txHash,
    isNew: true,
    costWei: storedWei + plan.mintFeeWei + minted.gasWei,
  }

  function describe(mintPlan: MintPlan, root: Hex, { tokenId }: { tokenId: string }) {
    const { name, model, contract: address } = mintPlan
    return { agentId: tokenId, owner: wallet.address, contract: address, name, model, root, plan: mintPlan }
  }
}

/** The sealed agent of an earlier attempt when its key is still here, else a new one; key first, then journal, then the world. */
async function prepareSealed(options: MintOptions, { plan, content, mintId }: Prepared, known: MintRecord | undefined) {
  const { profile, wallet, onStep } = options
  return await reportStep(onStep, 'encrypt', `encrypt ${plan.encryptBytes} bytes`, async () => {
    const seal = (dataKey: Uint8Array, createdAt: string) =>
      sealContent({ name: plan.name, model: plan.model, content, dataKey, createdAt })
    if (known && !known.minted) {
      const dataKey = await loadDataKey({ profile, wallet, dataHash: known.root })
      const sealed = dataKey && (await seal(dataKey, known.createdAt))
      if (sealed?.root === known.root) return { record: known, sealed }
    }
    const dataKey = new Uint8Array(randomBytes(DATA_KEY_BYTES))
    const createdAt = new Date().toISOString()
    const sealed = await seal(dataKey, createdAt)
    await storeDataKey({ profile, wallet, dataHash: sealed.root, dataKey })
    const record: MintRecord = { version: 1, mintId, root: sealed.root, createdAt, mintFromBlock: null, minted: null }
    await writeMintRecord(profile, record)
    return { record, sealed }
  })
}

/** Stores every blob in one submission, the manifest last. What is stored already is not paid for again. */
async function storeAll(options: MintOptions, sealed: SealedAgent): Promise<bigint> {
  const { profile, wallet, onStep, signal } = options
  const blobs = [...sealed.blobs, sealed.manifestBlob]
  const title = `store ${blobs.length} encrypted ${blobs.length === 1 ? 'file' : 'files'}`
  return await reportStep(onStep, 'store', title, async () => {
    const sources = blobs.map(({ bytes }) => bytesSource(bytes))
    const stored = await putSources(sources, { profile, wallet, signal })
    return stored.reduce((sum, { costWei }) => sum + costWei, 0n)
  })
}

async function sendMint(options: MintOptions, { plan, contract }: Prepared, record: MintRecord, sealed: SealedAgent) {
  const { profile, wallet, signal } = options
  const height = await contract.rpc.request<Hex>('eth_blockNumber', [], { signal })
  const sending: MintRecord = { ...record, mintFromBlock: record.mintFromBlock ?? BigInt(height).toString() }
  await writeMintRecord(profile, sending)
  const dataDescription = encodeDataDescription({
    role: MANIFEST_ROLE,
    encryption: 'AES-GCM-256',
    storage: { indexer: profile.storage.indexer, root: sealed.root, sizeBytes: sealed.manifestBlob.bytes.length },
    extra: { schema: 'og-agent', version: 1, name: plan.name, model: plan.model.name, model_root: plan.model.root },
  })
  const receipt = await writeContract({
    ...contract,
    wallet,
    functionName: 'mint',
    args: [[{ dataDescription, dataHash: sealed.root }], wallet.address],
    value: plan.mintFeeWei,
    signal,
  })
  const transfer = eventsOfReceipt<{ tokenId: bigint }>(receipt, { ...contract, eventName: 'Transfer' })[0]
  if (!transfer) throw ogError('BUG', { reason: `the mint ${receipt.transactionHash} made no token` })
  return {
    record: sending,
    tokenId: transfer.args.tokenId.toString(),
    txHash: receipt.transactionHash,
    gasWei: BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice),
  }
}

/** The token an earlier attempt made, if it still is this owner's with this data: from the record, else from the chain's events. */
async function findMinted(options: MintOptions, contract: AgentContract, record: MintRecord) {
  const { wallet, signal } = options
  const isOurs = async (tokenId: bigint) => {
    const agent = await findAgent(contract, tokenId, signal)
    return agent?.owner === wallet.address && agent.datas.some(({ dataHash }) => dataHash === record.root)
  }
  if (record.minted && (await isOurs(BigInt(record.minted.tokenId)))) return record.minted
  if (record.minted || record.mintFromBlock === null) return undefined
  await waitForPending(options, contract)
  const updates = await getEvents<{ _tokenId: bigint; _newDatas: readonly { dataHash: Hex }[] }>({
    ...contract,
    eventName: 'Updated',
    fromBlock: BigInt(record.mintFromBlock),
    signal,
  })
  for (const { args, transactionHash } of updates) {
    if (!args._newDatas.some(({ dataHash }) => dataHash.toLowerCase() === record.root)) continue
    if (await isOurs(args._tokenId)) return { tokenId: args._tokenId.toString(), txHash: transactionHash }
  }
  return undefined
}

const PENDING_TIMEOUT_MS = 60_000
const PENDING_PAUSE_MS = 250

/** A mint that was sent but not yet mined must not be sent again: wait until the account has nothing in flight. */
async function waitForPending({ wallet, signal }: MintOptions, { rpc }: AgentContract): Promise<void> {
  const count = (block: string) =>
    rpc.request<Hex>('eth_getTransactionCount', [wallet.address, block], { signal }).then(BigInt)
  const giveUpAt = Date.now() + PENDING_TIMEOUT_MS
  while ((await count('pending')) > (await count('latest'))) {
    if (Date.now() > giveUpAt) {
      throw ogError('TIMEOUT', { what: 'the earlier transactions of this account', timeoutMs: PENDING_TIMEOUT_MS })
    }
    await new Promise((resolve) => setTimeout(resolve, PENDING_PAUSE_MS))
    signal?.throwIfAborted()
  }
}

async function requireFunds({ wallet, signal }: MintOptions, { plan, contract }: Prepared): Promise<void> {
  const balance = BigInt(await contract.rpc.request<Hex>('eth_getBalance', [wallet.address, 'latest'], { signal }))
  if (balance >= plan.costWei) return
  throw ogError('INSUFFICIENT_FUNDS', {
    account: wallet.address,
    balance: formatAmount(balance),
    needed: `${formatAmount(plan.costWei)} 0G`,
  })
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

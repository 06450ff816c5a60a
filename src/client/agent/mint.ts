import { randomBytes } from 'node:crypto'
import { ogError } from '../../errors/og-error.ts'
import type { AgentManifest } from '../../protocol/agent/agent-manifest.ts'
import { encodeDataDescription, MANIFEST_ROLE } from '../../protocol/agent/data-description.ts'
import { DATA_KEY_BYTES } from '../../protocol/agent/encrypted-blob.ts'
import { formatAmount } from '../chain/amount.ts'
import { eventsOfReceipt, writeContract } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import { reportStep } from '../compute/progress.ts'
import { putSources } from '../storage/put-sources.ts'
import { bytesSource } from '../storage/segment-source.ts'
import { findMinted } from './find-minted.ts'
import { loadDataKey, storeDataKey } from './keystore.ts'
import { type MintRecord, readMintRecord, withMintLock, writeMintRecord } from './mint-journal.ts'
import { type MintOptions, type MintPlan, type PreparedMint, prepareMint } from './mint-plan.ts'
import { type SealedAgent, sealContent } from './seal-content.ts'

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

/**
 * Mints an agent: encrypts persona and memory, stores them, and mints a token whose data hash is the root of the encrypted
 * manifest. The data key is in the keystore before anything leaves this machine. Interrupted at any point, the same call
 * resumes; the same content is never minted twice by one owner.
 * @throws OgError UNKNOWN_MODEL, VALUE_INVALID, INSUFFICIENT_FUNDS, MINT_IN_PROGRESS, RPC_REVERTED, NETWORK_UNREACHABLE,
 *   and those of storing; system errors of the files
 */
export async function mintAgent(options: MintOptions): Promise<MintResult> {
  const prepared = await prepareMint(options)
  return await withMintLock(options.profile, prepared.mintId, () => mintLocked(options, prepared))
}

async function mintLocked(options: MintOptions, prepared: PreparedMint): Promise<MintResult> {
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
async function prepareSealed(
  options: MintOptions,
  { plan, content, mintId }: PreparedMint,
  known: MintRecord | undefined,
) {
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

async function sendMint(
  options: MintOptions,
  { plan, contract }: PreparedMint,
  record: MintRecord,
  sealed: SealedAgent,
) {
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

async function requireFunds({ wallet, signal }: MintOptions, { plan, contract }: PreparedMint): Promise<void> {
  const balance = BigInt(await contract.rpc.request<Hex>('eth_getBalance', [wallet.address, 'latest'], { signal }))
  if (balance >= plan.costWei) return
  throw ogError('INSUFFICIENT_FUNDS', {
    account: wallet.address,
    balance: formatAmount(balance),
    needed: `${formatAmount(plan.costWei)} 0G`,
  })
}

import { readFile } from 'node:fs/promises'
import { isOgError } from '../../errors/og-error.ts'
import { isReceipt } from '../../protocol/compute/receipt.ts'
import { verifyAgent } from '../agent/verify-agent.ts'
import type { Hex } from '../chain/rpc.ts'
import { verifyTx } from '../chain/verify-tx.ts'
import { resolveWallet, type Wallet } from '../chain/wallet.ts'
import { loadReceipt, parseReceipt } from '../compute/receipt-store.ts'
import { verifyReceipt } from '../compute/verify-receipt.ts'
import type { NetworkProfile } from '../profile.ts'
import { verifyRoot } from '../storage/verify-root.ts'
import { detectSubjects, type Subject } from './detect.ts'
import { type Evidence, type EvidenceKind, type EvidenceLink, overallVerdict, type Verdict } from './evidence.ts'
import { verifyFile } from './verify-file.ts'

export type VerifyOptions = {
  profile: NetworkProfile
  /** what the subject is, when it could be several things */
  as?: EvidenceKind | undefined
  /** account that claims an agent; without it the owner's key is used where this machine has it */
  from?: string | undefined
  signal?: AbortSignal | undefined
}

/** `evidence` has one entry per thing the subject stands for; the verdict is true only when all of them are. */
export type VerifyResult = { subject: string; verdict: Verdict; evidence: Evidence[] }

/**
 * Checks anything: a storage root, a local file, a receipt (id or file), an agent, a transaction.
 * @throws OgError SUBJECT_UNKNOWN, SUBJECT_AMBIGUOUS, FILE_NOT_FOUND, NOT_FOUND, RECEIPT_NOT_FOUND, NETWORK_UNREACHABLE
 */
export async function verifySubject(subject: string, options: VerifyOptions): Promise<VerifyResult> {
  const subjects = await detectSubjects(subject, options)
  const evidence: Evidence[] = []
  for (const found of subjects) evidence.push(await verifyOne(found, options))
  return { subject, verdict: overallVerdict(evidence.flatMap(({ links }) => links)), evidence }
}

async function verifyOne(subject: Subject, options: VerifyOptions): Promise<Evidence> {
  const { profile, from, signal } = options
  switch (subject.kind) {
    case 'root':
      return await verifyRoot(subject.root, { profile, signal })
    case 'file':
      return await verifyFile(subject.path, { profile, signal })
    case 'tx':
      return await verifyTx(subject.hash, { profile, ...(signal ? { signal } : {}) })
    case 'receipt':
      return await verifySavedReceipt(subject, options)
    case 'agent': {
      const claimant = from === undefined ? undefined : resolveWallet(profile, from)
      return await verifyAgent({
        profile,
        id: subject.id,
        claimant,
        walletOf: (owner) => walletAt(profile, owner),
        signal,
      })
    }
  }
}

/** A receipt that was tampered with is evidence against itself, not an error: as many links as its shape still allows. */
async function verifySavedReceipt(
  subject: { path: string } | { id: string },
  { profile, signal }: VerifyOptions,
): Promise<Evidence> {
  try {
    const receipt =
      'path' in subject
        ? parseReceipt(await readFile(subject.path, 'utf8'), subject.path)
        : await loadReceipt(profile.stateDir, subject.id)
    return await verifyReceipt(receipt, { profile, signal })
  } catch (error) {
    if (!isOgError(error) || error.code !== 'RECEIPT_INVALID') throw error
    const forged = 'path' in subject ? parseJson(await readFile(subject.path, 'utf8')) : undefined
    if (isReceipt(forged)) return await verifyReceipt(forged, { profile, signal })
    const claim = 'the receipt is unchanged since it was written'
    const links: EvidenceLink[] = [{ claim, verdict: 'false', actual: error.message }]
    return { subject: 'path' in subject ? subject.path : subject.id, kind: 'receipt', verdict: 'false', links }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The wallet of an address when this machine has its key: a devnet account, or the one in OG_PRIVATE_KEY. */
function walletAt(profile: NetworkProfile, owner: Hex): Wallet | undefined {
  try {
    return resolveWallet(profile, owner)
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}

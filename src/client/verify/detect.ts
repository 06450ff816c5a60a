import { open, stat } from 'node:fs/promises'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { type AgentId, parseAgentId } from '../agent/agent-contract.ts'
import { createRpc, type Hex } from '../chain/rpc.ts'
import { listReceiptIds } from '../compute/receipt-store.ts'
import type { NetworkProfile } from '../profile.ts'
import { findStoredFile } from '../storage/stored-file.ts'
import type { EvidenceKind } from './evidence.ts'

/** What a text given to verify stands for. */
export type Subject =
  | { kind: 'root'; root: Hex }
  | { kind: 'tx'; hash: Hex }
  | { kind: 'receipt'; id: string }
  | { kind: 'receipt' | 'file'; path: string }
  | { kind: 'agent'; id: AgentId }

type DetectOptions = { profile: NetworkProfile; as?: EvidenceKind | undefined; signal?: AbortSignal | undefined }

const HASH = /^0x[0-9a-f]{64}$/i
/** The beginning of a receipt id, as people copy it. */
const RECEIPT_PREFIX = /^0x[0-9a-f]{6,63}$/i
/** Enough to see whether a JSON file is a receipt; a receipt may hold a long exchange, but after its bound fields. */
const HEAD_BYTES = 65_536

/**
 * Finds out what a text means here: a local file, an agent, a saved receipt, a transaction of the chain, a root known to
 * storage. A hash that is several of these gives several subjects.
 * @throws OgError SUBJECT_UNKNOWN, SUBJECT_AMBIGUOUS, FILE_NOT_FOUND, VALUE_INVALID (with `as`), and NETWORK_UNREACHABLE
 *   when a hash was found nowhere but not everybody could be asked
 */
export async function detectSubjects(text: string, options: DetectOptions): Promise<Subject[]> {
  const subject = text.trim()
  if (options.as) return [await subjectAs(subject, options.as)]
  const [agentId, isFile] = [parseAgentId(subject), await isLocalFile(subject)]
  if (agentId && isFile) {
    throw ogError('SUBJECT_AMBIGUOUS', { subject, kinds: 'an agent or a local file', example: 'agent' })
  }
  if (agentId) return [{ kind: 'agent', id: agentId }]
  if (isFile) return [await fileSubject(subject)]
  if (HASH.test(subject)) return await hashSubjects(subject.toLowerCase() as Hex, options)
  if (RECEIPT_PREFIX.test(subject)) return [{ kind: 'receipt', id: subject.toLowerCase() }]
  if (/[/\\.]/.test(subject)) throw ogError('FILE_NOT_FOUND', { path: subject })
  throw ogError('SUBJECT_UNKNOWN', { subject })
}

/** What the user says it is. */
async function subjectAs(subject: string, as: EvidenceKind): Promise<Subject> {
  const invalid = (expected: string, example: string) =>
    ogError('VALUE_INVALID', { value: JSON.stringify(subject), expected, example })
  switch (as) {
    case 'agent': {
      const id = parseAgentId(subject)
      if (!id) throw invalid('an agent id', 'for example 0, agent:0 or 0x…:0')
      return { kind: 'agent', id }
    }
    case 'file':
    case 'receipt':
      if (await isLocalFile(subject)) return { kind: as, path: subject }
      if (as === 'receipt' && (HASH.test(subject) || RECEIPT_PREFIX.test(subject))) {
        return { kind: 'receipt', id: subject.toLowerCase() }
      }
      throw ogError('FILE_NOT_FOUND', { path: subject })
    case 'root':
    case 'tx':
      if (!HASH.test(subject)) throw invalid('0x and 64 hex digits', 'for example 0xcb34…ac93 in full')
      return as === 'root'
        ? { kind: 'root', root: subject.toLowerCase() as Hex }
        : { kind: 'tx', hash: subject.toLowerCase() as Hex }
  }
}

/** Everything a hash is here. Who cannot be asked is passed over when somebody else knows the hash. */
async function hashSubjects(hash: Hex, { profile, signal }: DetectOptions): Promise<Subject[]> {
  const rpc = createRpc(profile.rpc)
  const asked = await Promise.allSettled([
    listReceiptIds(profile.stateDir).then((ids): Subject[] =>
      ids.includes(hash) ? [{ kind: 'receipt', id: hash }] : [],
    ),
    rpc
      .request<object | null>('eth_getTransactionByHash', [hash], { signal })
      .then((tx): Subject[] => (tx ? [{ kind: 'tx', hash }] : [])),
    findStoredFile(hash, { profile, signal }).then(
      (): Subject[] => [{ kind: 'root', root: hash }],
      (error: unknown): Subject[] => {
        if (isOgError(error) && error.code === 'ROOT_UNKNOWN') return []
        throw error
      },
    ),
  ])
  signal?.throwIfAborted()
  const found = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (found.length > 0) return found
  const failure = asked.find((answer) => answer.status === 'rejected')
  throw failure ? failure.reason : ogError('SUBJECT_UNKNOWN', { subject: hash })
}

async function fileSubject(path: string): Promise<Subject> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    const text = head.toString('utf8', 0, bytesRead)
    const isReceipt = text.trimStart().startsWith('{') && /"(requestHash|responseHash|teeSigner)"/.test(text)
    return { kind: isReceipt ? 'receipt' : 'file', path }
  } finally {
    await file.close()
  }
}

async function isLocalFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

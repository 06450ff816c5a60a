import { ogError } from '../../errors/og-error.ts'
import type { SubmissionNode } from '../../protocol/storage/file-tree.ts'
import {
  decodeSubmitLog,
  type FlowSubmission,
  SUBMIT_TOPIC,
  submissionFeeWei,
  submissionIdentity,
} from '../../protocol/storage/submission.ts'
import { type Receipt, readContract, writeContract } from '../chain/contract.ts'
import { createRpc, type Hex, type RpcClient } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'

const NODE = {
  type: 'tuple[]',
  name: 'nodes',
  components: [
    { type: 'bytes32', name: 'root' },
    { type: 'uint256', name: 'height' },
  ],
}
const SUBMISSION = [
  {
    type: 'tuple',
    name: 'data',
    components: [{ type: 'uint256', name: 'length' }, { type: 'bytes', name: 'tags' }, NODE],
  },
  { type: 'address', name: 'submitter' },
]

/**
 * What a client calls on the Flow and its market (0G storage spec §3.2). Written out, and not taken from this network's own
 * contracts, because Flow overloads `submit` there and other networks have only this form.
 */
const FLOW_ABI = [
  {
    type: 'function',
    name: 'submit',
    stateMutability: 'payable',
    inputs: [{ type: 'tuple', name: 'submission', components: SUBMISSION }],
    outputs: [],
  },
  {
    type: 'function',
    name: 'batchSubmit',
    stateMutability: 'payable',
    inputs: [{ type: 'tuple[]', name: 'submissions', components: SUBMISSION }],
    outputs: [],
  },
  { type: 'function', name: 'market', stateMutability: 'view', inputs: [], outputs: [{ type: 'address' }] },
  {
    type: 'function',
    name: 'getFlowRootByTxSeq',
    stateMutability: 'view',
    inputs: [{ type: 'uint256', name: 'txSeq' }],
    outputs: [{ type: 'bytes32' }],
  },
] as const
const MARKET_ABI = [
  { type: 'function', name: 'pricePerSector', stateMutability: 'view', inputs: [], outputs: [{ type: 'uint256' }] },
] as const

/** A file as it is submitted; `tags` say what it is besides a file (0G storage spec §8.1), none by default. */
export type NewFile = { sizeBytes: number; nodes: SubmissionNode[]; tags?: Hex | undefined }

/** The Flow contract of a network and the chain it lives on. */
export type Flow = { rpc: RpcClient; address: Hex }

/** @throws OgError NOT_FOUND when the network has no Flow contract */
export function flowOf(profile: NetworkProfile): Flow {
  const address = profile.contracts['Flow']
  if (!address) throw ogError('NOT_FOUND', { what: `the Flow contract of ${profile.name}`, topic: 'chain' })
  return { rpc: createRpc(profile.rpc), address }
}

/** Price of one sector in wei, as the market says it now. */
export async function readPriceWei({ rpc, address }: Flow, signal?: AbortSignal): Promise<bigint> {
  const market = await readContract<Hex>({ rpc, address, abi: FLOW_ABI, functionName: 'market', signal })
  return await readContract<bigint>({ rpc, address: market, abi: MARKET_ABI, functionName: 'pricePerSector', signal })
}

/** Fee in wei for storing files at a price. */
export function feeWei(files: readonly NewFile[], priceWei: bigint): bigint {
  return files.reduce((total, { nodes }) => total + submissionFeeWei(nodes, priceWei), 0n)
}

/**
 * Submits files in one transaction and returns their submissions in order.
 * @throws OgError INSUFFICIENT_FUNDS, RPC_REVERTED
 */
export async function submitFiles(
  { rpc, address }: Flow,
  files: readonly NewFile[],
  options: {
    wallet: Wallet
    valueWei: bigint
    /** gas limit; estimated when left out */
    gas?: bigint | undefined
    signal?: AbortSignal | undefined
  },
): Promise<{ submissions: FlowSubmission[]; receipt: Receipt }> {
  const { wallet, valueWei: value, gas, signal } = options
  const encoded = files.map(({ sizeBytes, nodes, tags = '0x' }) => ({
    data: {
      length: BigInt(sizeBytes),
      tags,
      nodes: nodes.map(({ root, height }) => ({ root, height: BigInt(height) })),
    },
    submitter: wallet.address,
  }))
  const call =
    encoded.length === 1 ? { functionName: 'submit', args: encoded } : { functionName: 'batchSubmit', args: [encoded] }
  const receipt = await writeContract({ rpc, wallet, address, abi: FLOW_ABI, value, gas, signal, ...call })
  const logs = receipt.logs.filter((log) => log.address.toLowerCase() === address && log.topics[0] === SUBMIT_TOPIC)
  return { submissions: logs.map(decodeSubmitLog), receipt }
}

type SubmitLog = { topics: Hex[]; data: Hex; blockNumber: Hex; transactionHash: Hex }

/** Submissions on the chain, oldest first; of one file when its nodes are given. */
export async function readSubmissions(
  flow: Flow,
  options: { nodes?: readonly SubmissionNode[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<FlowSubmission[]> {
  return await submitLogs(flow, options.nodes && submissionIdentity(options.nodes), options.signal)
}

/** Files that one query asks the chain for. */
const FILES_PER_QUERY = 200

/**
 * The chain's first submission of exactly each file, in their order. The root alone does not tell: files that differ only in zero
 * bytes at the end can share it.
 */
export async function earlierSubmissions(
  flow: Flow,
  files: readonly Pick<NewFile, 'nodes' | 'sizeBytes'>[],
  signal?: AbortSignal,
): Promise<(FlowSubmission | undefined)[]> {
  const wanted = files.map(({ nodes, sizeBytes }) => ({ identity: submissionIdentity(nodes), sizeBytes }))
  const found = new Map<string, FlowSubmission>()
  for (let at = 0; at < wanted.length; at += FILES_PER_QUERY) {
    const identities = wanted.slice(at, at + FILES_PER_QUERY).map(({ identity }) => identity)
    const query = identities.length === 1 ? identities[0] : [...new Set(identities)]
    for (const submission of await submitLogs(flow, query, signal)) {
      const key = `${submission.identity} ${submission.sizeBytes}`
      if (!found.has(key)) found.set(key, submission)
    }
  }
  return wanted.map(({ identity, sizeBytes }) => found.get(`${identity} ${sizeBytes}`))
}

/** `Submit` events, of some identities when given. */
async function submitLogs(
  { rpc, address }: Flow,
  identities: Hex | readonly Hex[] | undefined,
  signal: AbortSignal | undefined,
): Promise<FlowSubmission[]> {
  const topics = identities === undefined ? [SUBMIT_TOPIC] : [SUBMIT_TOPIC, null, identities]
  const filter = { address, topics, fromBlock: '0x0', toBlock: 'latest' }
  const logs = await rpc.request<SubmitLog[]>('eth_getLogs', [filter], { signal })
  return logs.map(decodeSubmitLog)
}

/** Root of the whole flow after a submission, as the contract recorded it. */
export async function readFlowRoot({ rpc, address }: Flow, txSeq: number, signal?: AbortSignal): Promise<Hex> {
  const args = [BigInt(txSeq)]
  return await readContract<Hex>({ rpc, address, abi: FLOW_ABI, functionName: 'getFlowRootByTxSeq', args, signal })
}

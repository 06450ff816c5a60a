import { isOgError } from '../../errors/og-error.ts'
import type { RpcReceipt } from '../../protocol/chain/receipt-bytes.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import { failedLink, uncheckedLink } from '../verify/link.ts'
import { postStateDifference } from './post-state-difference.ts'
import type { CheckedBlock, Reexecution, Reexecutor } from './reexecute/reexecute-block.ts'
import type { Execution, Log } from './reexecute/second-evm.ts'
import type { Hex } from './rpc.ts'
import { type Ask, compare } from './verify-block.ts'

export type ReexecutionTask = {
  checked: CheckedBlock
  reexecutor: Reexecutor
  ask: Ask
  /** the transaction to report on in detail; without it every transaction is summed up */
  index?: number
}

const STATE_CLAIM = 'the state before the block is proven'
const LEFT_OUT = 'this chain leaves out the system calls of EIP-4788 and EIP-2935, as a devnet on EDR does'
const CHEATS =
  "a devnet's hardhat_setBalance and its relatives change state that no block commits to; what follows was checked on the state the node has"

/**
 * What an independent EVM finds when it executes a block again from proven state: one link for the state, then one for each thing that the
 * chain says and the EVM says too. Whatever the node does not let it check is an unchecked link that says so.
 */
export async function reexecutionLinks(task: ReexecutionTask): Promise<EvidenceLink[]> {
  const { checked, reexecutor } = task
  if (isIdle(checked)) return idleLinks(checked)
  let found: Reexecution
  try {
    found = await reexecutor.reexecute(checked)
  } catch (error) {
    const isUnprovable = isOgError(error) && error.code === 'STATE_UNPROVABLE'
    return [unprovenLink(isUnprovable ? 'the block re-executes from proven state' : STATE_CLAIM, error)]
  }
  const isIncomplete = found.refused ?? found.unknown
  return [
    stateLink(checked, found),
    ...rulesLinks(found),
    ...hashLinks(found),
    ...(task.index === undefined ? [] : await transactionLinks(task, found, task.index)),
    ...othersLinks(checked, found, task.index),
    ...(isIncomplete ? incompleteLinks(checked, found) : await outcomeLinks(task, found)),
  ]
}

/** True for a block that had nothing to do and did nothing: no state need be read to check that. */
function isIdle({ block, parent }: CheckedBlock): boolean {
  const isEmpty = block.transactions.length === 0 && (block.withdrawals ?? []).length === 0
  return isEmpty && block.stateRoot === parent.stateRoot
}

function idleLinks({ block, parent }: CheckedBlock): EvidenceLink[] {
  const link = compare('a block without transactions leaves the state as it was', parent.stateRoot, block.stateRoot)
  const leavesOut = block.parentBeaconBlockRoot !== undefined
  return [leavesOut ? { ...link, simulated: true, note: LEFT_OUT } : link]
}

function stateLink({ parent }: CheckedBlock, { before }: Reexecution): EvidenceLink {
  const { accounts, slots, codes } = before.counts
  const link = compare(STATE_CLAIM, parent.stateRoot, before.root)
  const note = `read with a proof each: ${accounts} accounts, ${slots} slots, ${codes} codes`
  return { ...link, note: link.verdict === 'true' ? note : `${note}; ${CHEATS}` }
}

/** A link of state that could not be read, with what it was about. */
function unprovenLink(claim: string, error: unknown): EvidenceLink {
  const link = failedLink(claim, error)
  return isOgError(error) && link.note === undefined ? { ...link, note: error.message } : link
}

function rulesLinks({ rules, refused, unknown }: Reexecution): EvidenceLink[] {
  if (refused || unknown) return []
  if (rules.systemCalls) return [{ claim: `it re-executes under the rules of ${rules.hardfork}`, verdict: 'true' }]
  const claim = `it re-executes under the rules of ${rules.hardfork}, without system calls`
  return [{ claim, verdict: 'true', simulated: true, note: LEFT_OUT }]
}

function hashLinks({ blockHashes, foreignHashes }: Reexecution): EvidenceLink[] {
  if (blockHashes.length === 0) return []
  const claim = 'the hashes of earlier blocks it asks for are those of their headers'
  const [foreign] = foreignHashes
  if (!foreign) return [{ claim, verdict: 'true', actual: `block ${blockHashes.join(', ')}` }]
  const { number, shown, proven } = foreign
  const note = `the node shows contracts ${shown} for block ${number}, whose header has ${proven}: a devnet that began again from a checkpoint does; with that hash all else agrees`
  return [uncheckedLink(claim, note)]
}

/** What the receipt says about one transaction, and what nobody but a tracer says: the data it returned. */
async function transactionLinks(
  { checked, ask }: ReexecutionTask,
  found: Reexecution,
  index: number,
): Promise<EvidenceLink[]> {
  const execution = found.executions[index]
  const receipt = checked.receipts?.[index]
  if (!execution || isUnknown(found, index)) return []
  if (!receipt)
    return [uncheckedLink('an independent EVM ends as the receipt says', 'the node does not give the receipts')]
  const links = comparisons(receipt, execution, found.minimumCharged.includes(index)).map(({ field, ...rest }) => ({
    ...compare(`an independent EVM gives the same ${field}`, rest.expected, rest.actual),
    ...(rest.note ? { note: rest.note } : {}),
  }))
  return [...links, ...(await returnLinks(ask, receipt, execution))]
}

/** The data a transaction returned is in no receipt: a tracer that answers can be checked, and none is no gap in the proof. */
async function returnLinks(ask: Ask, receipt: RpcReceipt, { returnData }: Execution): Promise<EvidenceLink[]> {
  try {
    const trace = await ask<{ output?: Hex } | null>('debug_traceTransaction', [
      receipt.transactionHash,
      { tracer: 'callTracer' },
    ])
    if (!trace || typeof trace !== 'object' || !('from' in trace)) return []
    return [compare("an independent EVM returns what the node's tracer shows", trace.output ?? '0x', returnData)]
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_ERROR') return []
    throw error
  }
}

/** The other transactions of the block, or all: the first difference is named. */
function othersLinks({ block, receipts }: CheckedBlock, found: Reexecution, except?: number): EvidenceLink[] {
  const claim =
    except === undefined
      ? 'an independent EVM ends every transaction as its receipt says'
      : 'an independent EVM ends the other transactions of the block as their receipts say'
  const others = found.executions.flatMap((execution, index) =>
    index === except || isUnknown(found, index) ? [] : [{ execution, index }],
  )
  if (others.length === 0) return []
  if (!receipts) return [uncheckedLink(claim, 'the node does not give the receipts')]
  for (const { execution, index } of others) {
    const receipt = receipts[index]
    if (!receipt) continue
    for (const { field, expected, actual } of comparisons(receipt, execution, found.minimumCharged.includes(index))) {
      if (expected === actual) continue
      const note = `transaction ${index}, ${block.transactions[index]?.hash}: ${field}`
      return [{ claim, verdict: 'false', expected, actual, note }]
    }
  }
  const charged = found.minimumCharged.filter((index) => index !== except).length
  const note = charged > 0 ? { note: `${charged} of them were charged 0G's minimum, four fifths of the gas limit` } : {}
  return [
    {
      claim,
      verdict: 'true',
      actual: `${others.length} ${others.length === 1 ? 'transaction' : 'transactions'}`,
      ...note,
    },
  ]
}

type Comparison = { field: string; expected: string; actual: string; note?: string }

type FullReceipt = RpcReceipt & { contractAddress?: Hex | null; effectiveGasPrice?: Hex }

function comparisons(receipt: FullReceipt, execution: Execution, isMinimum: boolean): Comparison[] {
  const { status, gasUsed, executedGas, exception, logs, createdAddress, gasPrice } = execution
  const ending = status === 0 && exception !== undefined ? { note: `it ends with: ${exception}` } : {}
  const lifted = isMinimum
    ? { note: `0G charges at least four fifths of the gas limit: ${executedGas} executed, ${gasUsed} charged` }
    : {}
  const found: Comparison[] = [
    { field: 'status', expected: String(Number(receipt.status)), actual: String(status), ...ending },
    { field: 'gas used', expected: BigInt(receipt.gasUsed).toString(), actual: gasUsed.toString(), ...lifted },
    logComparison(receipt.logs, logs),
  ]
  if (receipt.contractAddress || createdAddress) {
    const expected = receipt.status === '0x1' ? (receipt.contractAddress?.toLowerCase() ?? 'none') : 'none'
    found.push({ field: 'created address', expected, actual: createdAddress ?? 'none' })
  }
  if (receipt.effectiveGasPrice !== undefined && executedGas > 0n) {
    const expected = BigInt(receipt.effectiveGasPrice).toString()
    found.push({ field: 'gas price', expected, actual: gasPrice.toString() })
  }
  return found
}

/** Logs as text, and the first field in which they differ. */
function logComparison(reported: readonly Log[], executed: readonly Log[]): Comparison {
  const [first] = reported.flatMap((log, at) => {
    const other = executed[at]
    if (!other) return [`log ${at} is missing`]
    if (log.address.toLowerCase() !== other.address) return [`address of log ${at}`]
    if (log.topics.join().toLowerCase() !== other.topics.join()) return [`topics of log ${at}`]
    return log.data.toLowerCase() === other.data ? [] : [`data of log ${at}`]
  })
  const difference =
    first ?? (executed.length > reported.length ? `log ${reported.length} was not reported` : undefined)
  return {
    field: 'logs',
    expected: logText(reported),
    actual: logText(executed),
    ...(difference ? { note: difference } : {}),
  }
}

function logText(logs: readonly Log[]): string {
  if (logs.length === 0) return 'no logs'
  return logs.map(({ address, topics, data }) => `${address}(${topics.join(',')};${data})`.toLowerCase()).join(' ')
}

/** Why the EVM could not go on: a transaction that may not be in a block is a lie, one it cannot know is a gap. */
function incompleteLinks({ block }: CheckedBlock, { refused, unknown, executions }: Reexecution): EvidenceLink[] {
  if (refused) {
    const hash = block.transactions[refused.index]?.hash
    const claim = 'an independent EVM accepts every transaction of the block'
    return [{ claim, verdict: 'false', expected: `transaction ${refused.index}, ${hash}`, actual: refused.reason }]
  }
  const from = unknown?.fromIndex ?? executions.length
  const what = from < block.transactions.length ? `transaction ${from} of the block` : 'the state after the block'
  return [uncheckedLink('an independent EVM can execute all of the block', `not from ${what} on: ${unknown?.reason}`)]
}

/** The state after the block and what its system calls returned. */
async function outcomeLinks({ checked, ask }: ReexecutionTask, found: Reexecution): Promise<EvidenceLink[]> {
  const { block } = checked
  const links: EvidenceLink[] = []
  if (found.requestsHash !== undefined && block.requestsHash !== undefined) {
    links.push(compare('its system calls give the requests hash of the header', block.requestsHash, found.requestsHash))
  }
  const claim = 'the state after the block has the root of its header'
  const isEqual = found.stateRoot === block.stateRoot
  if (isEqual) return [...links, compare(claim, block.stateRoot, found.stateRoot)]
  const link = found.stateRoot
    ? compare(claim, block.stateRoot, found.stateRoot)
    : uncheckedLink(claim, 'a neighbour of a cleared slot is out of reach, so the root cannot be computed')
  try {
    const difference = await postStateDifference(ask, block, found)
    if (difference)
      return [
        ...links,
        {
          claim: `${difference.field} after the block is what execution gives`,
          verdict: 'false',
          expected: difference.expected,
          actual: difference.actual,
        },
        link,
      ]
    const same = 'every account and slot that execution wrote is as it says'
    const note = found.stateRoot ? 'something changed that no transaction of the block wrote' : `${link.note}; ${same}`
    return [...links, { ...link, note }]
  } catch (error) {
    return [...links, link, unprovenLink('the state after the block is proven', error)]
  }
}

function isUnknown({ unknown }: Reexecution, index: number): boolean {
  return unknown !== undefined && index >= unknown.fromIndex
}

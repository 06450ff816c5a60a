import { isOgError } from '../../../errors/og-error.ts'
import type { RpcHeader } from '../../../protocol/chain/block-header.ts'
import type { RpcReceipt } from '../../../protocol/chain/receipt-bytes.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import type { Hex } from '../rpc.ts'
import { type ChainRules, candidateRules, type Hardfork, isZeroGNetwork } from './chain-rules.ts'
import { createHashChain } from './hash-chain.ts'
import { predictAccesses } from './predict-accesses.ts'
import { type Ask, type ProvenCache, type ProvenState, provenCache, provenState } from './proven-state.ts'
import type { Writes } from './proven-state-manager.ts'
import { createSecondEvm, type Execution, type HashOf, isRefusal, type SecondEvm } from './second-evm.ts'
import { asShown, foreignHashes, type ShownHash } from './shown-hashes.ts'
import { stateRootAfter } from './state-root-after.ts'
import { afterTransactions, BEACON_ROOTS, beforeTransactions } from './system-calls.ts'

export type RpcWithdrawal = { index: Hex; validatorIndex: Hex; address: Hex; amount: Hex }

export type FullBlock = RpcHeader & { transactions: RpcTransaction[]; withdrawals?: RpcWithdrawal[] }

/** A block whose header, transactions and receipts were checked against its hash, and the block it follows. */
export type CheckedBlock = {
  block: FullBlock
  parent: RpcHeader
  /** in order; undefined where the node gives none */
  receipts: RpcReceipt[] | undefined
  /** who signed each transaction */
  senders: Hex[]
}

/** What an independent EVM says about a block. */
export type Reexecution = {
  rules: ChainRules
  /** the state that the transactions were executed on */
  before: ProvenState
  /** one for each transaction, as far as the EVM got */
  executions: Execution[]
  /** the first transaction that may not be in this block at all, and why */
  refused: { index: number; reason: string } | undefined
  /** transactions that were charged 0G's minimum: four fifths of their gas limit */
  minimumCharged: number[]
  /** from this transaction on the EVM knows less than the chain: why */
  unknown: { fromIndex: number; reason: string } | undefined
  /** root of the state after the block; undefined when it cannot be computed here */
  stateRoot: Hex | undefined
  /** hash of the requests that the block's system calls returned (EIP-7685); undefined before Prague and without system calls */
  requestsHash: Hex | undefined
  writes: Writes
  /** heights whose hashes contracts asked for */
  blockHashes: number[]
  /** where it agrees with the chain only under hashes that no header has, but that the node shows to contracts */
  foreignHashes: ShownHash[]
}

export type Reexecutor = {
  /**
   * Executes a whole block again. The rules under which it gives what the chain says are found by trying; when there are none, the result is that of the
   * likeliest.
   * @throws OgError STATE_PROOF_INVALID, STATE_UNPROVABLE
   */
  reexecute(checked: CheckedBlock): Promise<Reexecution>
}

export type ReexecutorOptions = {
  ask: Ask
  chainId: number
  /** insist on a hardfork instead of deriving it from headers */
  hardfork?: Hardfork | undefined
  /** ask the node's tracer which state a block reads: fewer round trips to a node far away */
  useTracer?: boolean
}

/** 0G's stateful precompiles: DASigners, staking, WrappedA0GIBase, perp (0G chain spec §1.3). */
const ZERO_G_PRECOMPILES = [0x1000, 0x1001, 0x1002, 0x1003].map((at): Hex => `0x${at.toString(16).padStart(40, '0')}`)
/** Validator index of the withdrawal by which 0G distributes staking rewards (0G chain spec §1.2). */
const STAKING_DISTRIBUTION = 2n ** 64n - 1n

/** Executes blocks of one chain again, in any order; a run of blocks in order costs the least. */
export function createReexecutor({ ask, chainId, hardfork, useTracer = false }: ReexecutorOptions): Reexecutor {
  const evms = new Map<string, SecondEvm>()
  const hashes = createHashChain(ask)
  let cache: ProvenCache | undefined
  let held: ChainRules | undefined

  async function evmFor(rules: ChainRules): Promise<SecondEvm> {
    const evm = evms.get(rules.hardfork) ?? (await createSecondEvm(chainId, rules.hardfork))
    evms.set(rules.hardfork, evm)
    return evm
  }

  async function tryRules(task: Omit<Task, 'evm' | 'rules' | 'chainId'>): Promise<Tried> {
    const tried: Reexecution[] = []
    for (const rules of candidateRules(task.block, held, hardfork)) {
      const found = await execute({ ...task, evm: await evmFor(rules), rules, chainId })
      tried.push(found)
      if (!agrees(found, task)) continue
      held = rules
      return { agreeing: found, likeliest: found }
    }
    const systemCalls = await madeSystemCalls(ask, task.block, task.before)
    const likeliest = tried.find(({ rules }) => rules.systemCalls === systemCalls) ?? tried[0]
    if (!likeliest) throw new Error('no rules were tried')
    return { agreeing: undefined, likeliest }
  }

  return {
    async reexecute(checked) {
      const { block, parent } = checked
      cache = provenCache(cache)
      const before = provenState(ask, { number: BigInt(parent.number), stateRoot: parent.stateRoot, cache })
      await before.prefetch(await predictAccesses(block, useTracer ? ask : undefined))
      hashes.add(parent)
      const hashOf = hashes.hashOf(Number(block.number))
      const tried = await tryRules({ ...checked, before, hashOf })
      if (tried.agreeing) return tried.agreeing
      const foreign = await foreignHashes(ask, block, tried.likeliest.blockHashes, hashOf)
      if (foreign.length > 0) {
        const again = await tryRules({ ...checked, before, hashOf: asShown(foreign, hashOf) })
        if (again.agreeing) return { ...again.agreeing, foreignHashes: foreign }
      }
      return tried.likeliest
    },
  }
}

/**
 * Whether the block began with system calls, judged by the storage they write; undefined when the node does not say. Only for choosing which of
 * several differences to show.
 */
async function madeSystemCalls(ask: Ask, block: FullBlock, before: ProvenState): Promise<boolean | undefined> {
  const cache = provenCache()
  const after = provenState(ask, { number: BigInt(block.number), stateRoot: block.stateRoot, cache })
  try {
    const [then, now] = [await before.account(BEACON_ROOTS), await after.account(BEACON_ROOTS)]
    return then === undefined || now === undefined ? undefined : then.storageRoot !== now.storageRoot
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}

type Task = CheckedBlock & {
  evm: SecondEvm
  rules: ChainRules
  before: ProvenState
  hashOf: HashOf
  chainId: number
}

type Tried = { agreeing: Reexecution | undefined; likeliest: Reexecution }

async function execute(task: Task): Promise<Reexecution> {
  const { evm, block, before, rules, hashOf, chainId } = task
  evm.begin(block, before, hashOf)
  if (rules.systemCalls) await beforeTransactions(evm, block)
  const found = await executeTransactions(task)
  const staking = block.withdrawals?.some(({ validatorIndex }) => BigInt(validatorIndex) === STAKING_DISTRIBUTION)
  if (staking && isZeroGNetwork(chainId)) {
    const reason = 'the block distributes staking rewards by a rule of 0G that no Ethereum client has'
    found.unknown ??= { fromIndex: block.transactions.length, reason }
  }
  const isComplete = found.executions.length === block.transactions.length
  const requestsHash = isComplete ? await afterTransactions(evm, block, rules) : undefined
  const writes = evm.state.writes()
  return {
    ...found,
    rules,
    before,
    writes,
    requestsHash,
    stateRoot: isComplete && !found.unknown ? await stateRootAfter(before, writes) : undefined,
    blockHashes: [...evm.observed.blockHashes].sort((a, b) => a - b),
    foreignHashes: [],
  }
}

type Executed = Pick<Reexecution, 'executions' | 'refused' | 'minimumCharged' | 'unknown'>

async function executeTransactions({ evm, block, receipts, senders, chainId }: Task): Promise<Executed> {
  const found: Executed = { executions: [], refused: undefined, minimumCharged: [], unknown: undefined }
  for (const [index, tx] of block.transactions.entries()) {
    const sender = senders[index] ?? tx.from
    try {
      const execution = await evm.run(tx, sender)
      const charged = isZeroGNetwork(chainId) ? minimumCharge(execution, tx, receipts?.[index]) : undefined
      if (charged !== undefined) {
        await chargeMinimum(evm, block, { execution, sender, gasUsed: charged })
        found.minimumCharged.push(index)
      }
      found.executions.push(charged === undefined ? execution : { ...execution, gasUsed: charged })
    } catch (error) {
      if (!isRefusal(error)) throw error
      found.unknown ??= await whatIsUnknown(evm, index, chainId)
      if (!found.unknown) found.refused = { index, reason: reasonOf(error) }
      return found
    }
    found.unknown ??= await whatIsUnknown(evm, index, chainId)
  }
  return found
}

/** Why this EVM cannot know what a transaction did, where it cannot: it called what only the chain's own client has. */
async function whatIsUnknown(evm: SecondEvm, fromIndex: number, chainId: number): Promise<Reexecution['unknown']> {
  if (!isZeroGNetwork(chainId)) return undefined
  const { called } = evm.observed
  for (const precompile of ZERO_G_PRECOMPILES) {
    if (called.has(precompile) && (await evm.codeSize(precompile)) <= 1) {
      return { fromIndex, reason: `it calls 0G's precompile ${precompile}, which no Ethereum client has` }
    }
  }
  return undefined
}

/** The gas that 0G's networks charge at least, when that is what the receipt says: four fifths of the limit, without refunds. */
function minimumCharge(execution: Execution, tx: RpcTransaction, receipt: RpcReceipt | undefined): bigint | undefined {
  const reported = BigInt(receipt?.gasUsed ?? 0)
  if (reported === execution.gasUsed) return undefined
  const fourFifths = BigInt(tx.gas) * 4n
  const candidates = [fourFifths / 5n, (fourFifths + 4n) / 5n, execution.gasBeforeRefund]
  return reported > execution.gasUsed && candidates.includes(reported) ? reported : undefined
}

type Charge = { execution: Execution; sender: Hex; gasUsed: bigint }

async function chargeMinimum(evm: SecondEvm, block: FullBlock, { execution, sender, gasUsed }: Charge): Promise<void> {
  const more = gasUsed - execution.gasUsed
  await evm.credit(sender, -more * execution.gasPrice)
  await evm.credit(block.miner, more * (execution.gasPrice - BigInt(block.baseFeePerGas ?? 0)))
}

/** What the EVM says, without the description of itself and the block that it adds. */
function reasonOf(error: Error): string {
  return error.message.replace(/ \(vm hf=.*$/s, '')
}

/** True when every receipt and the state root are what the chain says. */
function agrees({ executions, refused, stateRoot, unknown }: Reexecution, { block, receipts }: CheckedBlock): boolean {
  if (refused) return false
  if (unknown) return true
  if (stateRoot !== undefined) return stateRoot === block.stateRoot
  return executions.every(({ status, gasUsed, logs }, index) => {
    const receipt = receipts?.[index]
    if (!receipt) return true
    return (
      status === Number(receipt.status) && gasUsed === BigInt(receipt.gasUsed) && logs.length === receipt.logs.length
    )
  })
}

import { type Block, createBlock } from '@ethereumjs/block'
import { type Common, createCustomCommon, Mainnet } from '@ethereumjs/common'
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import { createAddressFromString, EthereumJSError } from '@ethereumjs/util'
import { createVM, type RunTxResult, runTx, type VM } from '@ethereumjs/vm'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { RpcHeader } from '../../../protocol/chain/block-header.ts'
import { type RpcTransaction, transactionBytes } from '../../../protocol/chain/transaction-bytes.ts'
import type { Hex } from '../rpc.ts'
import type { Hardfork } from './chain-rules.ts'
import { pointEvaluation } from './point-evaluation.ts'
import type { ProvenState } from './proven-state.ts'
import { type ProvenStateManager, provenStateManager } from './proven-state-manager.ts'

export type Log = { address: Hex; topics: Hex[]; data: Hex }

/** What the second EVM says about a transaction. */
export type Execution = {
  status: 0 | 1
  /** what is charged */
  gasUsed: bigint
  /** what execution took, where a network charges more than that */
  executedGas: bigint
  /** before refunds were taken off */
  gasBeforeRefund: bigint
  /** wei for each unit of gas */
  gasPrice: bigint
  logs: Log[]
  createdAddress: Hex | undefined
  returnData: Hex
  /** the exception that ended it, where one did */
  exception: string | undefined
}

/** Where a header's hash comes from when a contract asks for it (BLOCKHASH). */
export type HashOf = (blockNumber: number) => Promise<Uint8Array>

/** What one block made the EVM look at besides its state. */
type Observed = { called: Set<Hex>; blockHashes: Set<number> }

/** The EVM of ethereumjs over proven state, for the blocks of one chain under one hardfork. */
export type SecondEvm = {
  readonly hardfork: Hardfork
  readonly state: ProvenStateManager
  /** Turns to a block: its header, the state before it, and where earlier hashes come from. */
  begin(header: RpcHeader, base: ProvenState, hashOf: HashOf): void
  /** Executes the next transaction of the block. Throws what the EVM says when the transaction may not be there at all. */
  run(tx: RpcTransaction, sender: Hex): Promise<Execution>
  /** Calls a contract as the system does, outside of any transaction; undefined when there is no code or it fails. */
  systemCall(to: Hex, data: Uint8Array): Promise<Uint8Array | undefined>
  /** Bytes of code at an address. */
  codeSize(address: Hex): Promise<number>
  /** Adds wei to an account, or takes them away. */
  credit(address: Hex, amountWei: bigint): Promise<void>
  readonly observed: Observed
}

const SYSTEM_ADDRESS = '0xfffffffffffffffffffffffffffffffffffffffe'
const SYSTEM_CALL_GAS = 30_000_000n

/** Builds the EVM: some milliseconds, so that one serves many blocks. */
export async function createSecondEvm(chainId: number, hardfork: Hardfork): Promise<SecondEvm> {
  const common = createCustomCommon({ chainId }, Mainnet, { hardfork, customCrypto: { kzg: pointEvaluation } })
  const state = provenStateManager()
  let hashOf: HashOf = () => Promise.reject(new Error('no block was begun'))
  let block: Block | undefined
  const observed: Observed = { called: new Set(), blockHashes: new Set() }
  const blockchain = {
    async getBlock(number: number) {
      observed.blockHashes.add(number)
      const hash = await hashOf(number)
      return { hash: () => hash }
    },
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  }
  const vm: VM = await createVM({ common, stateManager: state, blockchain })
  vm.evm.events?.on('beforeMessage', (message) => {
    // A creation has no address of code, and says so by throwing.
    if (message.to) observed.called.add(`0x${bytesToHex(message.codeAddress.bytes)}`)
  })

  return {
    hardfork,
    state,
    observed,
    begin(header, base, blockHashOf) {
      state.begin(base)
      hashOf = blockHashOf
      block = environment(header, common)
      observed.called.clear()
      observed.blockHashes.clear()
    },
    async run(tx, sender) {
      const current = block
      if (!current) throw new Error('no block was begun')
      const transaction = signedTransaction(tx, sender, common)
      // The limit of the block is compared with the gas of its receipts, which the caller has checked.
      const result = await runTx(vm, { tx: transaction, block: current, skipBlockGasLimitValidation: true })
      return execution(result, transaction)
    },
    async systemCall(to, data) {
      const target = createAddressFromString(to)
      if ((await state.getCode(target)).length === 0) return undefined
      const system = createAddressFromString(SYSTEM_ADDRESS)
      const [kept, options] = [await state.getAccount(system), block ? { block } : {}]
      const { execResult } = await vm.evm.runCall({
        ...options,
        caller: system,
        to: target,
        data,
        gasLimit: SYSTEM_CALL_GAS,
      })
      await (kept ? state.putAccount(system, kept) : state.deleteAccount(system))
      await vm.evm.journal.cleanup()
      return execResult.exceptionError ? undefined : execResult.returnValue
    },
    codeSize: (address) => state.getCodeSize(createAddressFromString(address)),
    async credit(address, amountWei) {
      const target = createAddressFromString(address)
      const account = await state.getAccount(target)
      const balance = (account?.balance ?? 0n) + amountWei
      if (!account && balance === 0n) return
      await state.modifyAccountFields(target, { balance })
    },
  }
}

/** The block as transactions see it: BASEFEE, PREVRANDAO, blob price and so on. Its roots play no part. */
function environment(header: RpcHeader, common: Common): Block {
  const has = (eip: number) => common.isActivatedEIP(eip)
  const fields = {
    number: header.number,
    timestamp: header.timestamp,
    gasLimit: header.gasLimit,
    coinbase: header.miner,
    mixHash: header.mixHash,
    difficulty: header.difficulty,
    ...(has(1559) && header.baseFeePerGas !== undefined ? { baseFeePerGas: header.baseFeePerGas } : {}),
    ...(has(4844) && header.excessBlobGas !== undefined ? { excessBlobGas: header.excessBlobGas } : {}),
  }
  return createBlock({ header: fields }, { common, skipConsensusFormatValidation: true })
}

/**
 * The transaction from its signed bytes. Its sender is given: it was recovered from the signature before, which is the slowest part, and
 * an impersonated account has no signature to recover from.
 */
function signedTransaction(tx: RpcTransaction, sender: Hex, common: Common): TypedTransaction {
  const transaction = createTxFromRLP(transactionBytes(tx), { common, freeze: false })
  const address = createAddressFromString(sender)
  return Object.assign(transaction, { getSenderAddress: () => address })
}

function execution(result: RunTxResult, tx: TypedTransaction): Execution {
  const { execResult, receipt, totalGasSpent, gasRefund } = result
  const status = 'status' in receipt ? receipt.status : 1
  const created = tx.to === undefined && status === 1 ? result.createdAddress : undefined
  return {
    status,
    gasUsed: totalGasSpent,
    executedGas: totalGasSpent,
    gasBeforeRefund: beforeRefund(totalGasSpent, gasRefund),
    gasPrice: totalGasSpent === 0n ? 0n : result.amountSpent / totalGasSpent,
    logs: receipt.logs.map(([address, topics, data]) => ({
      address: `0x${bytesToHex(address)}`,
      topics: topics.map((topic): Hex => `0x${bytesToHex(topic)}`),
      data: `0x${bytesToHex(data)}`,
    })),
    createdAddress: created && `0x${bytesToHex(created.bytes)}`,
    returnData: `0x${bytesToHex(execResult.returnValue)}`,
    exception: execResult.exceptionError?.error,
  }
}

/** A refund is at most a fifth of the gas it is taken from (EIP-3529). */
function beforeRefund(spent: bigint, refund: bigint): bigint {
  const whole = spent + refund
  return refund <= whole / 5n ? whole : (spent * 5n) / 4n
}

/** True for what the EVM throws when a transaction may not be in a block; anything else is a fault of whoever calls it. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof EthereumJSError
}

/** 32 bytes of a hash or a number, as system contracts take them. */
export function word(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2).padStart(64, '0'))
}

import { ogError } from '../../errors/og-error.ts'
import type { Ask } from './verify-block.ts'

/** What a field of an answer must be: a number in hex, bytes in hex, or a list or object of such. `?` allows it to be missing or null. */
type Shape = 'quantity' | 'data' | 'quantity?' | 'data?' | readonly [Shape | Fields] | Fields
type Fields = { readonly [field: string]: Shape | { readonly optional: Shape } }

const TRANSACTION = {
  hash: 'data',
  from: 'data',
  to: 'data?',
  nonce: 'quantity',
  gas: 'quantity',
  value: 'quantity',
  input: 'data',
  r: 'quantity',
  s: 'quantity',
  type: 'quantity?',
  v: 'quantity?',
  yParity: 'quantity?',
  chainId: 'quantity?',
  gasPrice: 'quantity?',
  maxFeePerGas: 'quantity?',
  maxPriorityFeePerGas: 'quantity?',
  maxFeePerBlobGas: 'quantity?',
  blobVersionedHashes: { optional: ['data'] },
  accessList: { optional: [{ address: 'data', storageKeys: ['data'] }] },
  authorizationList: {
    optional: [
      { chainId: 'quantity', address: 'data', nonce: 'quantity', yParity: 'quantity', r: 'quantity', s: 'quantity' },
    ],
  },
  blockHash: 'data?',
  blockNumber: 'quantity?',
  transactionIndex: 'quantity?',
} as const satisfies Fields

const HEADER = {
  hash: 'data',
  parentHash: 'data',
  sha3Uncles: 'data',
  miner: 'data',
  stateRoot: 'data',
  transactionsRoot: 'data',
  receiptsRoot: 'data',
  logsBloom: 'data',
  difficulty: 'quantity?',
  number: 'quantity',
  gasLimit: 'quantity',
  gasUsed: 'quantity',
  timestamp: 'quantity',
  extraData: 'data',
  mixHash: 'data',
  nonce: 'data',
  baseFeePerGas: 'quantity?',
  withdrawalsRoot: 'data?',
  blobGasUsed: 'quantity?',
  excessBlobGas: 'quantity?',
  parentBeaconBlockRoot: 'data?',
  requestsHash: 'data?',
  withdrawals: { optional: [{ index: 'quantity', validatorIndex: 'quantity', address: 'data', amount: 'quantity' }] },
} as const satisfies Fields

const RECEIPT = {
  transactionHash: 'data',
  status: 'quantity',
  type: 'quantity?',
  gasUsed: 'quantity',
  cumulativeGasUsed: 'quantity',
  effectiveGasPrice: 'quantity?',
  contractAddress: 'data?',
  logs: [{ address: 'data', topics: ['data'], data: 'data' }],
} as const satisfies Fields

const BLOCK_METHODS = ['eth_getBlockByHash', 'eth_getBlockByNumber']

/**
 * Asks as `ask` does, and refuses answers about blocks, transactions and receipts that do not have the form of such: whatever is computed from
 * them afterwards finds every field it needs.
 * @throws OgError RPC_ERROR that names the field, and what `ask` throws
 */
export function wellFormed(ask: Ask): Ask {
  return async <T>(method: string, params: unknown[]): Promise<T> => {
    const result = await ask<T>(method, params)
    if (result === null) return result
    if (BLOCK_METHODS.includes(method)) {
      const transactions: Shape = params[1] === true ? [TRANSACTION] : ['data']
      requireForm(method, 'block', result, { ...HEADER, transactions })
    }
    if (method === 'eth_getTransactionByHash') requireForm(method, 'transaction', result, TRANSACTION)
    if (method === 'eth_getTransactionReceipt') requireForm(method, 'receipt', result, RECEIPT)
    if (method === 'eth_getBlockReceipts') requireForm(method, 'receipts', result, [RECEIPT])
    return result
  }
}

function requireForm(method: string, name: string, value: unknown, shape: Shape): void {
  const wrong = malformed(name, value, shape)
  if (wrong !== undefined) throw ogError('RPC_ERROR', { method, reason: `its answer is malformed: ${wrong}` })
}

/** The first place where a value has another form than it must, or undefined. */
function malformed(name: string, value: unknown, shape: Shape): string | undefined {
  if (typeof shape === 'string') {
    const isMissing = value === undefined || value === null
    if (isMissing && shape.endsWith('?')) return undefined
    const form = shape.startsWith('quantity') ? /^0x[0-9a-f]{1,64}$/i : /^0x([0-9a-f]{2})*$/i
    return typeof value === 'string' && form.test(value) ? undefined : name
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return name
    return first(value.map((item, at) => () => malformed(`${name}[${at}]`, item, shape[0])))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return name
  return first(
    Object.entries(shape).map(([field, wanted]) => () => {
      const found: unknown = Reflect.get(value, field)
      if (typeof wanted === 'string' || isList(wanted) || !('optional' in wanted)) {
        return malformed(`${name}.${field}`, found, wanted as Shape)
      }
      return found === undefined || found === null
        ? undefined
        : malformed(`${name}.${field}`, found, wanted.optional as Shape)
    }),
  )
}

function isList(shape: unknown): shape is readonly [Shape | Fields] {
  return Array.isArray(shape)
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const wrong = check()
    if (wrong !== undefined) return wrong
  }
  return undefined
}

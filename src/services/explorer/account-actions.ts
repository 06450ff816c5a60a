import { mapLimit } from '../../utils/map-limit.ts'
import type { CallRow, TransferAnswer } from './address-index.ts'
import {
  type Answer,
  addressOf,
  blockOf,
  decimal,
  hashOf,
  ok,
  optionalAddress,
  pageOf,
  Refusal,
  rows,
} from './answer.ts'
import type { Action, Explorer } from './explorer.ts'
import type { TransactionRow } from './index-rows.ts'
import { type TokenFacts, tokenFacts } from './token-facts.ts'

/** Etherscan's limit on addresses in one question. */
const MAX_ADDRESSES = 20
const NO_TRANSACTIONS = 'No transactions found'
/** What one answer may weigh: contract creations come with their code. */
const MAX_ANSWER_BYTES = 32 * 1024 ** 2

/** `module=account`. */
export const accountActions: Readonly<Record<string, Action>> = {
  async balance({ rpc }, parameters) {
    return ok(decimal(await rpc.request<string>('eth_getBalance', [addressOf(parameters), 'latest'])))
  },

  async balancemulti({ rpc }, parameters) {
    const accounts = (parameters.get('address') ?? '').split(',')
    if (accounts.length > MAX_ADDRESSES) throw new Refusal(`Maximum of ${MAX_ADDRESSES} addresses at a time`)
    const addresses = accounts.map((account) => addressOf(new Map([['address', account.trim()]])))
    const list = await mapLimit(addresses, 4, async (account) => ({
      account,
      balance: decimal(await rpc.request<string>('eth_getBalance', [account, 'latest'])),
    }))
    return ok(list)
  },

  async tokenbalance({ rpc }, parameters) {
    const data = `0x70a08231${addressOf(parameters).slice(2).padStart(64, '0')}`
    const call = { to: addressOf(parameters, 'contractaddress'), data }
    return ok(decimal((await rpc.request<string>('eth_call', [call, 'latest'])).slice(0, 66).replace(/^0x$/, '0x0')))
  },

  async txlist({ follower, index }, parameters) {
    const [address, page] = [addressOf(parameters), pageOf(parameters)]
    await follower.fresh()
    const head = index.head?.number ?? 0
    const found = index.transactions({ address, ...blocksOf(parameters) }, page)
    return limited(found, (row) => transactionAnswer(row, head))
  },

  async txlistinternal({ follower, index }, parameters) {
    const hash = parameters.get('txhash') ? hashOf(parameters) : undefined
    const address = hash ? undefined : optionalAddress(parameters, 'address')
    const page = pageOf(parameters)
    await follower.traced()
    const found = index.calls({ hash, address, ...blocksOf(parameters) }, page)
    return limited(found, (row) => callAnswer(row, hash === undefined))
  },

  tokentx: (explorer, parameters) => transfers(explorer, parameters, 20),

  tokennfttx: (explorer, parameters) => transfers(explorer, parameters, 721),
}

type Range = { from: number; to: number }

function blocksOf(parameters: ReadonlyMap<string, string>): Range {
  return {
    from: blockOf(parameters, 'startblock', 0),
    to: blockOf(parameters, 'endblock', Number.MAX_SAFE_INTEGER),
  }
}

async function transfers(
  explorer: Explorer,
  parameters: ReadonlyMap<string, string>,
  standard: number,
): Promise<Answer> {
  const { follower, index } = explorer
  const token = optionalAddress(parameters, 'contractaddress')
  const address = optionalAddress(parameters, 'address')
  if (!token && !address) throw new Refusal('Error! Missing address or contractaddress')
  const page = pageOf(parameters)
  await follower.fresh()
  const head = index.head?.number ?? 0
  const found = [...index.transfers({ address, token, standard, ...blocksOf(parameters) }, page)]
  const facts = await tokenFacts(explorer, new Set(found.map((row) => row.token)))
  return rows(
    found.map((row) => transferAnswer(row, head, facts.get(row.token))),
    NO_TRANSACTIONS,
  )
}

/** Rows until the answer is full; a list cut short would be taken for a whole one. */
function limited<T>(found: Iterable<T>, describe: (row: T) => { input: string }): Answer {
  const list: unknown[] = []
  let sizeBytes = 0
  for (const row of found) {
    const described = describe(row)
    sizeBytes += 1_000 + described.input.length
    if (sizeBytes > MAX_ANSWER_BYTES)
      throw new Refusal(`The answer is too large: ask for ${list.length} or fewer at a time (offset)`)
    list.push(described)
  }
  return rows(list, NO_TRANSACTIONS)
}

function transactionAnswer(row: TransactionRow, head: number) {
  return {
    blockNumber: String(row.block),
    timeStamp: String(row.timestamp),
    hash: row.hash,
    nonce: row.nonce,
    blockHash: row.blockHash,
    transactionIndex: String(row.position),
    from: row.sender,
    to: row.recipient ?? '',
    value: row.value,
    gas: row.gas,
    gasPrice: row.gasPrice,
    isError: row.status === 1 ? '0' : '1',
    txreceipt_status: String(row.status),
    input: row.input,
    contractAddress: row.created ?? '',
    cumulativeGasUsed: row.cumulativeGasUsed,
    gasUsed: row.gasUsed,
    confirmations: String(head - row.block + 1),
    methodId: row.recipient && row.input.length >= 10 ? row.input.slice(0, 10) : '0x',
    functionName: '',
  }
}

function transferAnswer(row: TransferAnswer, head: number, facts: TokenFacts | undefined) {
  const amount = row.standard === 721 ? { tokenID: row.value } : { value: row.value }
  return {
    blockNumber: String(row.block),
    timeStamp: String(row.timestamp),
    hash: row.hash,
    nonce: row.nonce,
    blockHash: row.blockHash,
    from: row.sender,
    contractAddress: row.token,
    to: row.recipient,
    ...amount,
    tokenName: facts?.name ?? '',
    tokenSymbol: facts?.symbol ?? '',
    tokenDecimal: row.standard === 721 ? '0' : (facts?.decimals ?? ''),
    transactionIndex: String(row.position),
    gas: row.gas,
    gasPrice: row.gasPrice,
    gasUsed: row.gasUsed,
    cumulativeGasUsed: row.cumulativeGasUsed,
    input: 'deprecated',
    confirmations: String(head - row.block + 1),
  }
}

function callAnswer(row: CallRow, withHash: boolean) {
  return {
    blockNumber: String(row.block),
    timeStamp: String(row.timestamp),
    ...(withHash ? { hash: row.hash } : {}),
    from: row.sender,
    to: row.recipient ?? '',
    value: row.value,
    contractAddress: row.created ?? '',
    input: '',
    type: row.type,
    gas: row.gas,
    gasUsed: row.gasUsed,
    traceId: row.path,
    isError: row.error === '' ? '0' : '1',
    errCode: row.error,
  }
}

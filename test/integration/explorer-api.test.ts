import { type Hex, toHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendTransaction } from '../../src/client/chain/transaction.ts'
import { contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES as at } from '../../src/contracts/address-book.ts'
import { calldata } from '../helpers/contract-world.ts'
import { startTestExplorer, type TestExplorer } from '../helpers/explorer.ts'
import { startAnvil } from '../helpers/start-anvil.ts'
import { accounts } from '../helpers/test-chain.ts'

const OG = 10n ** 18n
/** Makes a contract whose code is the single byte 01, and keeps what it was sent. */
const CREATION = '0x600160005360016000f3'

let explorer: TestExplorer
beforeAll(async () => {
  explorer = await startTestExplorer()
})
afterAll(() => explorer[Symbol.asyncDispose]())

const wallet = (index: number) => accounts[index] as (typeof accounts)[number]
const address = (index: number) => wallet(index).address
const send = (from: number, call: { to?: Hex; data?: Hex; valueWei?: bigint }) =>
  sendTransaction({ rpc: explorer.chain.rpc, wallet: wallet(from), ...call })
const w0g = (fn: string, args: readonly unknown[] = []) => calldata(contractAbi('W0G'), fn, args)
type Row = Record<string, string>
const list = (query: Record<string, string | number>) => explorer.result<Row[]>({ module: 'account', ...query })

describe('module=account', () => {
  test('balances, of one and of several', async () => {
    const [one] = [
      await explorer.result<string>({ module: 'account', action: 'balance', address: address(1), tag: 'latest' }),
    ]
    expect(BigInt(one)).toBe(BigInt(await explorer.chain.rpc.request<Hex>('eth_getBalance', [address(1), 'latest'])))
    const both = await list({ action: 'balancemulti', address: `${address(1)},${address(2)}` })
    expect(both.map(({ account }) => account)).toEqual([address(1), address(2)])
    expect(await explorer.ask({ module: 'account', action: 'balance', address: '0x12' })).toEqual({
      status: '0',
      message: 'NOTOK',
      result: 'Error! Invalid address format',
    })
  })

  test('txlist: sent, received and created, each once, paged and in order', async () => {
    expect(await explorer.ask({ module: 'account', action: 'txlist', address: address(3) })).toEqual({
      status: '0',
      message: 'No transactions found',
      result: [],
    })
    const first = await send(3, { to: address(4), valueWei: OG })
    const self = await send(3, { to: address(3), valueWei: 1n })
    const made = await send(3, { data: CREATION })
    const back = await send(4, { to: address(3), valueWei: 2n })
    const rows = await list({ action: 'txlist', address: address(3).toUpperCase().replace('0X', '0x') })
    expect(rows.map(({ hash }) => hash)).toEqual(
      [first, self, made, back].map(({ transactionHash }) => transactionHash),
    )
    expect(rows[0]).toMatchObject({
      blockNumber: String(Number(first.blockNumber)),
      blockHash: first.blockHash,
      from: address(3),
      to: address(4),
      value: String(OG),
      isError: '0',
      txreceipt_status: '1',
      gasUsed: '21000',
      input: '0x',
      contractAddress: '',
      nonce: '0',
      confirmations: '4',
    })
    expect(rows[2]).toMatchObject({ to: '', contractAddress: made.contractAddress, input: CREATION, methodId: '0x' })
    const page = await list({ action: 'txlist', address: address(3), page: 2, offset: 1, sort: 'desc' })
    expect(page.map(({ hash }) => hash)).toEqual([made.transactionHash])
    const range = { startblock: Number(self.blockNumber), endblock: Number(made.blockNumber) }
    expect(await list({ action: 'txlist', address: address(3), ...range })).toHaveLength(2)
    expect(await list({ action: 'txlist', address: made.contractAddress ?? '' })).toHaveLength(1)
    const window = await explorer.ask({
      module: 'account',
      action: 'txlist',
      address: address(3),
      page: 3,
      offset: 5000,
    })
    expect(window.result).toMatch(/^Result window is too large/)
  })

  test('a failed transaction is one with isError 1', async () => {
    const nonce = await explorer.chain.rpc.request<Hex>('eth_getTransactionCount', [address(5), 'latest'])
    const call = { from: address(5), to: at.W0G, data: w0g('withdraw', [1n]), gas: toHex(100_000), nonce }
    const hash = await explorer.chain.rpc.request<Hex>('eth_sendTransaction', [call])
    const [row] = await list({ action: 'txlist', address: address(5) })
    expect(row).toMatchObject({ hash, isError: '1', txreceipt_status: '0' })
    const status = { module: 'transaction', txhash: hash }
    expect(await explorer.result({ ...status, action: 'getstatus' })).toMatchObject({ isError: '1' })
    expect(await explorer.result({ ...status, action: 'gettxreceiptstatus' })).toEqual({ status: '0' })
  })

  test('txlistinternal: calls that move 0G and creations by contracts', async () => {
    await send(6, { to: at.W0G, data: w0g('deposit'), valueWei: 5n * OG })
    const paid = await send(6, { to: at.W0G, data: w0g('withdraw', [2n * OG]) })
    const salt = toHex(1, { size: 32 })
    const made = await send(6, { to: at.Create2Factory, data: `${salt}${CREATION.slice(2)}` })
    const inner = await list({ action: 'txlistinternal', address: address(6) })
    expect(inner).toEqual([
      expect.objectContaining({
        hash: paid.transactionHash,
        from: at.W0G,
        to: address(6),
        value: String(2n * OG),
        type: 'call',
      }),
    ])
    const byHash = await list({ action: 'txlistinternal', txhash: made.transactionHash })
    expect(byHash).toEqual([expect.objectContaining({ type: 'create2', from: at.Create2Factory, traceId: '0' })])
    const [created] = byHash
    const creation = await explorer.result({
      module: 'contract',
      action: 'getcontractcreation',
      contractaddresses: created?.['contractAddress'] ?? '',
    })
    expect(creation).toEqual([
      expect.objectContaining({
        contractCreator: address(6),
        contractFactory: at.Create2Factory,
        txHash: made.transactionHash,
        creationBytecode: CREATION,
      }),
    ])
  })

  test('tokentx and tokennfttx: transfers by account and by token, with what the token says of itself', async () => {
    await send(7, { to: at.W0G, data: w0g('deposit'), valueWei: OG })
    const moved = await send(7, { to: at.W0G, data: w0g('transfer', [address(8), 7n]) })
    const row = {
      hash: moved.transactionHash,
      from: address(7),
      to: address(8),
      value: '7',
      contractAddress: at.W0G,
      tokenName: 'Wrapped 0G',
      tokenSymbol: 'W0G',
      tokenDecimal: '18',
    }
    expect(await list({ action: 'tokentx', address: address(8) })).toEqual([expect.objectContaining(row)])
    expect(await list({ action: 'tokentx', contractaddress: at.W0G })).toEqual([expect.objectContaining(row)])
    expect(await list({ action: 'tokentx', address: address(7), contractaddress: at.W0G })).toHaveLength(1)
    expect(
      (await explorer.ask({ module: 'account', action: 'tokentx', address: address(8), contractaddress: at.Flow }))
        .result,
    ).toEqual([])
    const mint = calldata(contractAbi('AgentNFT'), 'mint', [
      [{ dataDescription: 'memory', dataHash: toHex(1, { size: 32 }) }],
      address(8),
    ])
    await send(7, { to: at.AgentNFT, data: mint })
    expect(await list({ action: 'tokennfttx', address: address(8) })).toEqual([
      expect.objectContaining({ from: `0x${'0'.repeat(40)}`, contractAddress: at.AgentNFT, tokenSymbol: '0GI' }),
    ])
    const balance = { module: 'account', action: 'tokenbalance', contractaddress: at.W0G, address: address(8) }
    expect(await explorer.result(balance)).toBe('7')
    expect(await explorer.result({ module: 'stats', action: 'tokensupply', contractaddress: at.W0G })).toMatch(/^\d+$/)
  })
})

describe('the other modules', () => {
  test('getLogs joins topics by and, or by or', async () => {
    const sent = await send(1, { to: at.W0G, data: w0g('approve', [address(2), 5n]) })
    const [log] = sent.logs
    const query = {
      module: 'logs',
      action: 'getLogs',
      address: at.W0G,
      fromBlock: Number(sent.blockNumber),
      toBlock: 'latest',
    }
    const [row] = await explorer.result<Row[]>({ ...query, topic0: log?.topics[0] ?? '' })
    expect(row).toMatchObject({
      topics: log?.topics,
      data: log?.data,
      blockNumber: sent.blockNumber,
      transactionHash: sent.transactionHash,
      gasUsed: sent.gasUsed,
    })
    const wrong = toHex(1, { size: 32 })
    const both = { topic0: log?.topics[0] ?? '', topic1: wrong }
    expect(await explorer.ask({ ...query, ...both, topic0_1_opr: 'and' })).toMatchObject({
      message: 'No records found',
    })
    expect(await explorer.result<Row[]>({ ...query, ...both, topic0_1_opr: 'or' })).toHaveLength(1)
  })

  test('blocks by time and their reward', async () => {
    const block = await explorer.chain.rpc.request<{ number: Hex; timestamp: Hex }>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    const query = { module: 'block', action: 'getblocknobytime' }
    const time = Number(block.timestamp)
    expect(await explorer.result({ ...query, timestamp: time + 1_000, closest: 'before' })).toBe(
      String(Number(block.number)),
    )
    expect((await explorer.ask({ ...query, timestamp: time + 1_000, closest: 'after' })).status).toBe('0')
    expect(await explorer.result({ ...query, timestamp: 1, closest: 'after' })).toBe('0')
    const reward = await explorer.result<Row>({
      module: 'block',
      action: 'getblockreward',
      blockno: Number(block.number),
    })
    expect(reward).toMatchObject({ blockNumber: String(Number(block.number)), timeStamp: String(time), uncles: [] })
  })

  test('gas oracle and JSON-RPC by name', async () => {
    const gas = await explorer.result<Row>({ module: 'gastracker', action: 'gasoracle' })
    expect(Number(gas['SafeGasPrice'])).toBeGreaterThanOrEqual(Number(gas['suggestBaseFee']))
    const proxy = (await explorer.ask({ module: 'proxy', action: 'eth_blockNumber' })) as unknown as { result: Hex }
    expect(proxy).toEqual({ jsonrpc: '2.0', id: 1, result: await explorer.chain.rpc.request('eth_blockNumber') })
    const supply = { module: 'proxy', action: 'eth_call', to: at.W0G, data: '0x18160ddd', tag: 'latest' }
    expect((await explorer.ask(supply)).result).toMatch(/^0x[0-9a-f]{64}$/)
    const revert = await explorer.ask({ ...supply, data: w0g('withdraw', [2n ** 255n]) })
    expect(revert).toMatchObject({ error: { message: expect.stringContaining('') } })
    expect((await explorer.ask({ module: 'proxy', action: 'debug_traceCall' })).result).toMatch(/Invalid Action/i)
  })

  test('contracts of the genesis come with their ABI, proxies with what they stand for', async () => {
    const abi = await explorer.result<string>({ module: 'contract', action: 'getabi', address: at.Flow })
    expect(JSON.parse(abi)).toEqual(contractAbi('Flow'))
    const [source] = await explorer.result<Row[]>({ module: 'contract', action: 'getsourcecode', address: at.Flow })
    expect(source).toMatchObject({
      ContractName: 'Flow',
      Proxy: '1',
      Implementation: expect.stringMatching(/^0x[0-9a-f]{40}$/),
    })
    const none = await explorer.ask({ module: 'contract', action: 'getabi', address: address(1) })
    expect(none).toEqual({ status: '0', message: 'NOTOK', result: 'Contract source code not verified' })
    const proxy = await explorer.post({ module: 'contract', action: 'verifyproxycontract', address: at.Flow })
    expect(proxy.status).toBe('1')
    const check = { module: 'contract', action: 'checkproxyverification', guid: String(proxy.result) }
    expect((await explorer.ask(check)).result).toMatch(/successfully updated|Pending in queue/)
  })
})

describe('the index', () => {
  test('follows the chain back (evm_revert), and is found again after a restart', async () => {
    const rpc = explorer.chain.rpc
    const snapshot = await rpc.request<string>('evm_snapshot')
    const gone = await send(9, { to: address(1), valueWei: 1n })
    const hashes = async () => (await list({ action: 'txlist', address: address(9) })).map(({ hash }) => hash)
    expect(await hashes()).toContain(gone.transactionHash)
    await rpc.request('evm_revert', [snapshot])
    const kept = await send(9, { to: address(2), valueWei: 2n })
    expect(await hashes()).toEqual([kept.transactionHash])
    explorer = await explorer.restart()
    expect(await hashes()).toEqual([kept.transactionHash])
  })

  test('goes past a hundred thousand empty blocks in few questions', async () => {
    await explorer.chain.rpc.request('hardhat_mine', [toHex(100_000)])
    const after = await send(2, { to: address(1), valueWei: 3n })
    const rows = await list({ action: 'txlist', address: address(2), sort: 'desc', offset: 1 })
    expect(rows.map(({ hash }) => hash)).toEqual([after.transactionHash])
  })
})

test('any node will do: anvil, with its own empty blocks', async () => {
  const chain = await startAnvil([])
  const { rpc } = chain
  await using other = await startTestExplorer({ chain })
  const move = () => sendTransaction({ rpc, wallet: wallet(1), to: address(2), valueWei: OG })
  const first = await move()
  await rpc.request('anvil_mine', [toHex(100)])
  const last = await move()
  const rows = await other.result<Row[]>({ module: 'account', action: 'txlist', address: address(2) })
  expect(rows.map(({ hash }) => hash)).toEqual([first.transactionHash, last.transactionHash])
  const made = await sendTransaction({ rpc, wallet: wallet(1), data: CREATION })
  const creation = { module: 'contract', action: 'getcontractcreation', contractaddresses: made.contractAddress ?? '' }
  expect(await other.result(creation)).toMatchObject([{ txHash: made.transactionHash, creationBytecode: CREATION }])
})

describe('the faucet', () => {
  const ask = (body: unknown) =>
    fetch(explorer.faucet, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
  const pay = async (body: unknown) => {
    const response = await ask(body)
    const answer = (await response.json()) as Record<string, unknown>
    return { ...answer, status: response.status, txHash: answer['txHash'] }
  }

  test('pays, many at once, each with a nonce of its own', async () => {
    const fresh = `0x${'fa'.repeat(20)}`
    const paid = await Promise.all(Array.from({ length: 20 }, () => pay({ address: fresh, amount: '0.5' })))
    expect(paid.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(new Set(paid.map(({ txHash }) => txHash)).size).toBe(20)
    expect(BigInt(await explorer.chain.rpc.request<Hex>('eth_getBalance', [fresh, 'latest']))).toBe(10n * OG)
    expect(await pay({ address: fresh })).toMatchObject({ status: 200, amountWei: String(10n * OG), from: address(9) })
  })

  test.each([
    [{ address: '0x12' }],
    [{ address: `0x${'fa'.repeat(20)}`, amount: '101' }],
    [{ address: `0x${'fa'.repeat(20)}`, amount: 0 }],
    [{ address: `0x${'fa'.repeat(20)}`, amount: -1 }],
    [{ address: `0x${'fa'.repeat(20)}`, amount: { a: 1 } }],
    ['not json'],
    ['[]'],
  ])('refuses %j', async (body) => {
    expect(await pay(body)).toMatchObject({ status: 400, error: { code: 'VALUE_INVALID' } })
  })

  test('is for POST only, and open to pages', async () => {
    expect((await fetch(explorer.faucet)).status).toBe(405)
    const preflight = await fetch(explorer.faucet, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  })
})

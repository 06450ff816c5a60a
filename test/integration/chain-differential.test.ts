import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRpc, type Hex } from '../../src/client/chain/rpc.ts'
import { readGenesis } from '../../src/contracts/genesis.ts'
import { createEngine } from '../../src/services/chain/engine.ts'
import { ACCEPTED, type Accepted } from '../helpers/accepted-differences.ts'
import { chainRpcPage } from '../helpers/chain-rpc-page.ts'
import {
  CALLER,
  CALLER_CODE,
  CHANGES,
  type Known,
  READS,
  type Request,
  scenarioTransactions,
  TOKEN,
  TOKEN_CODE,
} from '../helpers/differential-scenario.ts'
import { type Difference, differences, named } from '../helpers/rpc-difference.ts'
import { type Anvil, startAnvil } from '../helpers/start-anvil.ts'
import { MNEMONIC, startTestChain, type TestChain, temporaryDirectory, writeGenesis } from '../helpers/test-chain.ts'

/** The same requests to anvil and to this chain, on the same genesis: answers are the same field by field, or listed with the reason. */
type Peer = { ask: (request: Request) => Promise<unknown>; known: Known; names: Map<string, string> }

let chain: TestChain
let anvil: Anvil
let ours: Peer
let theirs: Peer
const directory = temporaryDirectory()

beforeAll(async () => {
  const genesis = writeGenesis(directory.path)
  const settings = [
    '--hardfork',
    'prague',
    '--chain-id',
    '31337',
    '--slots-in-an-epoch',
    '1',
    '--gas-limit',
    '60000000',
  ]
  chain = await startTestChain()
  const { timestamp } = await chain.rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['0x0', false])
  const start = Number(timestamp)
  const same = ['--init', genesis, '--mnemonic', MNEMONIC, '--timestamp', String(start), '--base-fee', '1000000000']
  anvil = await startAnvil([...same, ...settings])
  ;[ours, theirs] = await Promise.all([prepared(chain.url, start), prepared(anvil.url, start)])
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
  await anvil[Symbol.asyncDispose]()
  directory[Symbol.dispose]()
})

/** Takes a node through the scenario. */
async function prepared(url: string, start: number): Promise<Peer> {
  const rpc = createRpc(url)
  await rpc.request('anvil_setCode', [CALLER, CALLER_CODE])
  await rpc.request('anvil_setCode', [TOKEN, TOKEN_CODE])
  await rpc.request('anvil_setCoinbase', [`0x${'cb'.repeat(20)}`])
  const txHashes: Hex[] = []
  let created: Hex = '0x'
  const transactions = scenarioTransactions()
  for (const [at, raw] of transactions.entries()) {
    await rpc.request('evm_setNextBlockTimestamp', [start + 10 * (at + 1)])
    await rpc.request('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00'])
    const receipt = await rpc.request<{ transactionHash: Hex; contractAddress: Hex | null }>(
      'eth_sendRawTransactionSync',
      [raw],
    )
    txHashes.push(receipt.transactionHash)
    created = receipt.contractAddress ?? created
  }
  const peer: Peer = {
    known: { txHashes, blockHashes: [], created, raw: transactions[0] ?? '0x' },
    names: new Map(),
    ask: async ({ method, params }) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params(peer.known) })
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const reply = (await response.json()) as { result?: unknown; error?: object }
      return reply.error ? { error: reply.error } : reply.result
    },
  }
  await nameBlocks(peer)
  return peer
}

async function nameBlocks(peer: Peer): Promise<void> {
  const ask = (method: string, ...params: unknown[]) => peer.ask({ method, params: () => params })
  const height = Number(await ask('eth_blockNumber'))
  const blockHashes: Hex[] = []
  for (let number = 0; number <= height; number++) {
    const { hash } = (await ask('eth_getBlockByNumber', `0x${number.toString(16)}`, false)) as { hash: Hex }
    blockHashes.push(hash)
    peer.names.set(hash, `block ${number}`)
  }
  peer.known = { ...peer.known, blockHashes }
}

const used = new Set<Accepted>()

/** Differences that no entry of the table accepts. */
async function compare(request: Request): Promise<(Difference & { method: string; params: unknown })[]> {
  const [mine, others] = await Promise.all([ours.ask(request), theirs.ask(request)])
  const found = differences(named(mine, ours.names), named(others, theirs.names))
  return found.flatMap((difference) => {
    const entry = ACCEPTED.find((accepted) => accepts(accepted, request.method, difference))
    if (entry) used.add(entry)
    return entry ? [] : [{ method: request.method, params: request.params(ours.known), ...difference }]
  })
}

function accepts({ methods, paths, theirs: wanted }: Accepted, method: string, difference: Difference): boolean {
  if (methods !== '*' && !methods.includes(method)) return false
  if (!paths.some((path) => new RegExp(`^(?:${path})$`).test(difference.path))) return false
  return wanted === undefined || JSON.stringify(difference.theirs) === JSON.stringify(wanted)
}

describe('beside anvil 1.7.1', () => {
  test('reads answer the same', async () => {
    const found = []
    for (const request of READS) found.push(...(await compare(request)))
    expect(found).toEqual([])
  })

  test('changes do the same and answer the same', async () => {
    const found = []
    for (const { change, seen } of CHANGES) {
      found.push(...(await compare(change)))
      await Promise.all([nameBlocks(ours), nameBlocks(theirs)])
      for (const request of seen) found.push(...(await compare(request)))
    }
    expect(found).toEqual([])
  })

  test('every accepted difference is still one', () => {
    expect(ACCEPTED.filter((entry) => !used.has(entry))).toEqual([])
  })

  test('docs/chain-rpc.md says what is there, here and elsewhere', async () => {
    using folder = temporaryDirectory()
    const genesis = readGenesis(writeGenesis(folder.path))
    const engine = await createEngine({ chainId: 31337, hardfork: 'prague', genesis, genesisTime: 1, privateKeys: [] })
    // Parameters nobody takes: only the name is asked about.
    const params = Array.from({ length: 5 }, () => ({ nonsense: true }))
    const anvilHas = async (method: string) => {
      // over HTTP anvil does not know what it has over WebSocket
      if (method === 'eth_subscribe' || method === 'eth_unsubscribe') return true
      const answer = (await theirs.ask({ method, params: () => params })) as { error?: { code: number } }
      return answer?.error?.code !== -32601
    }
    const hardhatHas = async (method: string) => {
      const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return !(await engine.handle(request)).includes('is not supported')
    }
    const page = await chainRpcPage({ anvil: anvilHas, hardhat: hardhatHas })
    await expect(page).toMatchFileSnapshot('../../docs/chain-rpc.md')
  })
})

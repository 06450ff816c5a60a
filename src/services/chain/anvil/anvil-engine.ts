import { rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import type { Hex } from '../../../client/chain/rpc.ts'
import { type Engine, type EngineOptions, genesisWorld } from '../engine.ts'
import { errorBody, isResult, parseResult, type ReplyBody, RPC_CODES, resultBody } from '../rpc-reply.ts'
import { type AnvilProcess, startAnvil } from './anvil-process.ts'

const BLOCK_GAS_LIMIT = 60_000_000
const INITIAL_BASE_FEE_WEI = 1_000_000_000
/** connections to anvil, and so requests it works on at a time */
const MAX_SOCKETS = 32
/** every reply of anvil begins with these members, in this order; the id is whatever the request had */
const ENVELOPE = /^\{"jsonrpc":"2\.0","id":(?:"(?:[^"\\]|\\.)*"|[^,{[]*),/

export type AnvilOptions = EngineOptions & {
  binary: string
  mnemonic: string
  /** where the genesis is written for anvil to read */
  dataDir: string
  /** anvil ended although nobody asked it to */
  onGone: () => void
}

type Request = { method: string; params?: readonly unknown[] }
type Transaction = { from: Hex; nonce: Hex; maxFeePerGas?: Hex; gasPrice?: Hex }

/**
 * Foundry's anvil as the engine: a program of its own that is told when to mine, so that the same requests give the same blocks. It
 * mines nothing by itself; what EDR does in automine is done here by mining after each transaction.
 */
export async function createAnvilEngine(options: AnvilOptions): Promise<Engine> {
  const anvil = await startAnvil(options.binary, argumentsOf(options))
  let isClosed = false
  void anvil.ended.then(() => {
    if (!isClosed) options.onGone()
  })
  const adapter = new AnvilAdapter(anvil)
  return {
    handle: (requestJson) => adapter.handle(requestJson),
    async close() {
      isClosed = true
      await anvil.close()
      adapter.close()
    },
  }
}

function argumentsOf(options: AnvilOptions): string[] {
  const common = {
    port: 0,
    'chain-id': options.chainId,
    hardfork: options.hardfork,
    'gas-limit': BLOCK_GAS_LIMIT,
    mnemonic: options.mnemonic,
    accounts: options.privateKeys.length,
    order: 'fifo',
  }
  const { fork } = options
  const origin = fork
    ? { 'fork-url': fork.url, 'fork-block-number': fork.blockNumber }
    : { init: writeGenesis(options), timestamp: options.genesisTime, 'base-fee': INITIAL_BASE_FEE_WEI }
  const flags = Object.entries({ ...common, ...origin }).flatMap(([name, value]) => [`--${name}`, String(value)])
  return [...flags, '--no-mining', ...(fork ? ['--no-storage-caching'] : [])]
}

/** The genesis in geth's layout, with the system contracts that anvil would leave out. */
function writeGenesis({ dataDir, genesis, hardfork, chainId, genesisTime }: AnvilOptions): string {
  const alloc: Record<string, object> = {}
  for (const [address, { balance, nonce, code, storage }] of genesisWorld({ genesis, hardfork })) {
    alloc[address] = {
      balance: toHex(balance),
      nonce: toHex(nonce),
      ...(code.length > 2 ? { code } : {}),
      storage: Object.fromEntries(Array.from(storage, ([slot, value]) => [word(slot), word(value)])),
    }
  }
  const path = join(dataDir, 'anvil-genesis.json')
  rmSync(path, { force: true })
  const head = { config: { chainId }, timestamp: toHex(BigInt(genesisTime)), gasLimit: toHex(BigInt(BLOCK_GAS_LIMIT)) }
  writeFileSync(path, JSON.stringify({ ...head, difficulty: '0x0', alloc }), { mode: 0o600 })
  return path
}

const toHex = (value: bigint): Hex => `0x${value.toString(16)}`
const word = (value: string): string => `0x${BigInt(value).toString(16).padStart(64, '0')}`

/** What differs between the dialect the chain speaks with its engine, which is EDR's, and anvil's. */
class AnvilAdapter {
  readonly #anvil: AnvilProcess
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  #isAutomine = true
  #offsetSeconds = 0

  constructor(anvil: AnvilProcess) {
    this.#anvil = anvil
  }

  async handle(requestJson: string): Promise<ReplyBody> {
    const { method, params = [] } = JSON.parse(requestJson) as Request
    switch (method) {
      case 'evm_setAutomine':
        if (typeof params[0] !== 'boolean') return errorBody(RPC_CODES.invalidParams, 'expected true or false')
        this.#isAutomine = params[0]
        return resultBody(true)
      case 'hardhat_getAutomine':
        return resultBody(this.#isAutomine)
      // Block times are set one by one; anvil's own clock, which counts from this moment, is never asked.
      case 'evm_increaseTime':
        this.#offsetSeconds += Number(params[0] ?? 0)
        return resultBody(String(this.#offsetSeconds))
      case 'hardhat_mine':
        // Without an interval anvil would take the clock of the machine for the blocks after the first.
        return await this.#ask('anvil_mine', [params[0] ?? '0x1', params[1] ?? '0x1'])
      case 'eth_pendingTransactions':
        return await this.#pending()
      case 'eth_sendRawTransaction':
      case 'eth_sendTransaction':
        return this.#isAutomine ? await this.#sendAndMine(requestJson) : await this.#post(requestJson)
      default:
        return await this.#post(requestJson)
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  /** As EDR does it: what cannot be mined now is refused, and what was taken is in a block when the reply comes. */
  async #sendAndMine(requestJson: string): Promise<ReplyBody> {
    const sent = await this.#post(requestJson)
    const hash = parseResult<Hex>(sent)
    if (hash === undefined) return sent
    const transaction = parseResult<Transaction | null>(await this.#ask('eth_getTransactionByHash', [hash]))
    const refusal = transaction && (await this.#reasonNotToMine(transaction))
    if (refusal) {
      await this.#ask('anvil_dropTransaction', [hash])
      return errorBody(RPC_CODES.server, refusal)
    }
    const mined = await this.#ask('evm_mine', [])
    return isResult(mined) ? sent : mined
  }

  async #reasonNotToMine({ from, nonce, maxFeePerGas, gasPrice }: Transaction): Promise<string | undefined> {
    const [count, history] = await Promise.all([
      this.#ask('eth_getTransactionCount', [from, 'latest']),
      this.#ask('eth_feeHistory', ['0x1', 'latest', []]),
    ])
    const expected = Number(parseResult<Hex>(count) ?? 0)
    if (Number(nonce) > expected) return `Nonce too high. Expected nonce to be ${expected} but got ${Number(nonce)}.`
    const baseFee = parseResult<{ baseFeePerGas?: Hex[] }>(history)?.baseFeePerGas?.at(-1)
    const fee = maxFeePerGas ?? gasPrice
    if (baseFee === undefined || fee === undefined || BigInt(fee) >= BigInt(baseFee)) return undefined
    return `max fee per gas less than block base fee: maxFeePerGas: ${BigInt(fee)}, baseFee: ${BigInt(baseFee)}`
  }

  async #pending(): Promise<ReplyBody> {
    type Content = { pending: Record<string, Record<string, object>> }
    const body = await this.#ask('txpool_content', [])
    const content = parseResult<Content>(body)
    if (!content) return body
    return resultBody(Object.values(content.pending).flatMap((byNonce) => Object.values(byNonce)))
  }

  #ask(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  }

  async #post(requestJson: string): Promise<ReplyBody> {
    const text = await this.#exchange(requestJson)
    const stripped = text.replace(ENVELOPE, '{')
    if (isResult(stripped) || stripped.startsWith('{"error":')) return stripped
    const { result, error } = JSON.parse(text) as { result?: unknown; error?: unknown }
    return error === undefined ? resultBody(result ?? null) : JSON.stringify({ error })
  }

  #exchange(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const request = httpRequest(this.#anvil.url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve(text))
        response.on('error', reject)
      })
      request.on('error', reject)
      request.end(body)
    })
  }
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { type ExplorerOptions, startExplorer } from '../../src/services/explorer/start-explorer.ts'
import { MNEMONIC, startTestChain, type TestChain } from './test-chain.ts'

export type Answer = { status: string; message: string; result: unknown }

/** An explorer in this process, beside a chain with the genesis of a devnet. */
export type TestExplorer = AsyncDisposable & {
  chain: Pick<TestChain, 'url' | 'rpc' | typeof Symbol.asyncDispose>
  /** base URL of the Etherscan-shaped API */
  api: string
  faucet: string
  dataDir: string
  /** asks by GET */
  ask(query: Record<string, string | number>): Promise<Answer>
  /** asks by POST, as a form */
  post(fields: Record<string, string>): Promise<Answer>
  /** result of an action; throws what it was refused with */
  result<T>(query: Record<string, string | number>): Promise<T>
  /** stops it and starts it again on what it kept */
  restart(): Promise<TestExplorer>
}

/** Starts a chain and an explorer on it; a second start on the same directory finds what the first one kept. */
export async function startTestExplorer(
  options: {
    chain?: Pick<TestChain, 'url' | 'rpc' | typeof Symbol.asyncDispose>
    dataDir?: string
    compilersDir?: string
  } = {},
): Promise<TestExplorer> {
  const chain = options.chain ?? (await startTestChain({ genesisFile: genesisFilePath() }))
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'og-explorer-'))
  mkdirSync(dataDir, { recursive: true })
  const abort = new AbortController()
  const service = await startExplorer({ ...explorerOptions(chain.url, dataDir, abort.signal), ...pick(options) })
  const api = service.endpoints['explorer'] ?? ''
  const stop = async () => {
    abort.abort()
    await service.stop()
  }
  const parse = async (response: Promise<Response>) => (await (await response).json()) as Answer
  const ask: TestExplorer['ask'] = (query) =>
    parse(fetch(`${api}?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`))
  return {
    chain,
    api,
    faucet: service.endpoints['faucet'] ?? '',
    dataDir,
    ask,
    post: (fields) => parse(fetch(api, { method: 'POST', body: new URLSearchParams(fields) })),
    async result<T>(query: Record<string, string | number>) {
      const answer = await ask(query)
      if (answer.status !== '1') throw new Error(JSON.stringify(answer))
      return answer.result as T
    },
    async restart() {
      await stop()
      return startTestExplorer({ ...options, chain, dataDir })
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await chain[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function pick({ compilersDir }: { compilersDir?: string }): Partial<ExplorerOptions> {
  return compilersDir === undefined ? {} : { compilersDir }
}

function explorerOptions(chainRpc: string, dataDir: string, signal: AbortSignal): ExplorerOptions {
  return {
    chainRpc,
    contracts: DEVNET_ADDRESSES,
    mnemonic: MNEMONIC,
    faucetIndex: 9,
    compilersDir: join(dataDir, 'solc'),
    dataDir,
    host: '127.0.0.1',
    port: 0,
    strictPorts: false,
    log: pino({ level: 'silent' }),
    signal,
  }
}

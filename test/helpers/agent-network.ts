import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { type Wallet, walletFromMnemonic } from '../../src/client/chain/wallet.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import type { StartedService } from '../../src/runtime/child/service.ts'
import { startAgentOracle } from '../../src/services/agent-oracle/start-agent-oracle.ts'
import { startChain } from '../../src/services/chain/start-chain.ts'
import type { Engine } from '../../src/services/compute-provider/engine/engine.ts'
import { networkModelStorage } from '../../src/services/compute-provider/network-model-storage.ts'
import { startProvider } from '../../src/services/compute-provider/start-provider.ts'
import { startStorageGateway } from '../../src/services/storage-gateway/start-storage-gateway.ts'
import { startStorageNode } from '../../src/services/storage-node/start-storage-node.ts'

export const MNEMONIC = 'test test test test test test test test test test test junk'
const ROLES = [
  'deployer',
  'alice',
  'bob',
  'carol',
  'dave',
  'provider-1',
  'provider-1-signer',
  'oracle',
  'storage-1',
  'faucet',
]
const account = (index: number): Wallet => walletFromMnemonic(MNEMONIC, index)
export const [ALICE, BOB, ORACLE] = [account(1), account(2), account(7)]

/** Every service an agent touches, in this process: chain, two shards, gateway, a provider whose engine echoes, the oracle. */
export type AgentNetwork = {
  directory: string
  profile: NetworkProfile
  /** what the model was asked last */
  lastPrompt: () => readonly { role: string; content: string }[]
  /** the longest prompt the model takes, in characters */
  setContext: (characters: number) => void
  storageNodes: StartedService[]
  storageDirs: string[]
  gateway: StartedService
  chain: StartedService
  oracleUrl: string
} & AsyncDisposable

export async function startAgentNetwork(): Promise<AgentNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'og-agent-'))
  const log = pino({ level: 'silent' })
  const common = { host: '127.0.0.1', strictPorts: false, log }
  const abort = new AbortController()
  const dir = (name: string) => {
    const path = join(directory, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const chain = await startChain({
    ...common,
    chainId: 31337,
    mnemonic: MNEMONIC,
    genesisFile: genesisFilePath(),
    hardfork: 'prague',
    blockTimeMs: null,
    dataDir: dir('chain'),
    port: 0,
  })
  const chainRpc = chain.endpoints['rpc'] ?? ''
  const storageDirs = [0, 1].map((shardId) => dir(`storage-${shardId}`))
  const storageNodes = await Promise.all(
    storageDirs.map((dataDir, shardId) =>
      startStorageNode({
        ...common,
        shardId,
        numShard: 2,
        chainRpc,
        flow: DEVNET_ADDRESSES.Flow,
        dataDir,
        port: 0,
        signal: abort.signal,
      }),
    ),
  )
  const gateway = await startStorageGateway({
    ...common,
    nodes: storageNodes.map(({ endpoints }, i) => ({ name: `storage-${i}`, url: endpoints['node'] ?? '' })),
    ports: { indexer: 0, node: 0 },
  })
  const indexer = gateway.endpoints['indexer'] ?? ''
  const echo = echoEngine()
  const modelDir = dir('model')
  writeFileSync(join(modelDir, 'config.json'), '{"model_type":"echo"}')
  const provider = await startProvider({
    ...common,
    config: {
      chain: 'chain',
      gateway: 'storage-gateway',
      mnemonic: MNEMONIC,
      providerIndex: 5,
      signerIndex: 6,
      contracts: DEVNET_ADDRESSES,
      priceIn: 1,
      priceOut: 1,
      model: 'og-tiny',
      modelDir,
    },
    dataDir: dir('provider'),
    port: 0,
    chainRpc: Promise.resolve(chainRpc),
    indexer: Promise.resolve(indexer),
    storage: async (network, wallet) => networkModelStorage(network, wallet),
    engine: echo.engine,
  })
  const oracle = await startAgentOracle({
    ...common,
    config: { chain: 'chain', mnemonic: MNEMONIC, signerIndex: 7, contracts: DEVNET_ADDRESSES },
    dataDir: dir('oracle'),
    port: 0,
    chainRpc: Promise.resolve(chainRpc),
    indexer: Promise.resolve(indexer),
  })
  const oracleUrl = oracle.endpoints['oracle'] ?? ''
  const services = [oracle, provider, gateway, ...storageNodes, chain]
  return {
    directory,
    storageNodes,
    storageDirs,
    gateway,
    chain,
    oracleUrl,
    lastPrompt: echo.lastPrompt,
    setContext: echo.setContext,
    profile: {
      name: 'test',
      chainId: 31337,
      rpc: chainRpc,
      contracts: DEVNET_ADDRESSES,
      storage: { indexer },
      agentOracle: oracleUrl,
      stateDir: dir('client'),
      mnemonic: MNEMONIC,
      accounts: ROLES.map((role, index) => ({ index, role, address: account(index).address as Hex })),
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      for (const service of services) await service.stop().catch(() => undefined)
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Answers with the last message it was given, one token per word. */
function echoEngine() {
  let prompt: readonly { role: string; content: string }[] = []
  let contextCharacters = Number.POSITIVE_INFINITY
  const count = (text: string) => text.split(/\s+/).length
  const engine: Engine = {
    load: async () => ({ contextLength: 1_000_000, architecture: 'echo', vocabularySize: 1 }),
    async *generate({ messages }) {
      prompt = messages
      const length = messages.reduce((sum, { content }) => sum + content.length, 0)
      if (length > contextCharacters) {
        const { ogError } = await import('../../src/errors/og-error.ts')
        throw ogError('PROMPT_TOO_LONG', { promptTokens: length, contextLength: contextCharacters })
      }
      const text = messages.at(-1)?.content ?? ''
      yield { type: 'text', text }
      const usage = { promptTokens: length, completionTokens: count(text), cachedTokens: 0 }
      yield { type: 'end', finishReason: 'stop', usage }
    },
    countTokens: async (messages) => messages.reduce((sum, { content }) => sum + count(content), 0),
    unload: async () => {},
  }
  return {
    engine,
    lastPrompt: () => prompt,
    setContext: (characters: number) => {
      contextCharacters = characters
    },
  }
}

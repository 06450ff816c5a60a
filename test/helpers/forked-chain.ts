import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createRpc, type RpcClient } from '../../src/client/chain/rpc.ts'
import type { MessageFromChild } from '../../src/runtime/child/messages.ts'
import type { ChainConfig } from '../../src/services/chain/start-chain.ts'
import { chainOptions } from './test-chain.ts'

const ENTRY = fileURLToPath(new URL('../../src/services/chain/main.ts', import.meta.url))

export type ForkedChain = {
  child: ChildProcess
  rpc: RpcClient
  url: string
  kill(signal: NodeJS.Signals): Promise<void>
}

/** The chain as the supervisor runs it: a forked process that is told what to do over IPC. */
export async function forkChain(
  directory: string,
  port = 0,
  changes: Partial<ChainConfig> & { segmentRequests?: number } = {},
): Promise<ForkedChain> {
  const { chainId, mnemonic, genesisFile, hardfork, blockTimeMs, dataDir } = chainOptions(directory)
  const child = fork(ENTRY, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const config = { chainId, mnemonic, genesisFile, hardfork, blockTimeMs, ...changes }
  const start = {
    type: 'start',
    name: 'chain',
    config,
    dataDir,
    host: '127.0.0.1',
    ports: { rpc: port },
    strictPorts: true,
  }
  child.send({ ...start, logLevel: 'silent' })
  const [message] = (await once(child, 'message')) as [MessageFromChild]
  if (message.type === 'failed') throw new Error(`${message.error.code}: ${message.error.message}`)
  if (message.type !== 'ready') throw new Error(`the chain said ${message.type} instead of ready`)
  const url = message.endpoints['rpc'] ?? ''
  return {
    child,
    url,
    rpc: createRpc(url),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    },
  }
}

import { spawn } from 'node:child_process'
import { peerBinary } from '../../scripts/peers.mjs'
import { createRpc, type RpcClient } from '../../src/client/chain/rpc.ts'

export type Anvil = { url: string; rpc: RpcClient } & AsyncDisposable

/** Foundry's node, on a free port, as a peer to compare with; `args` are its command line. */
export async function startAnvil(args: readonly string[]): Promise<Anvil> {
  const child = spawn(peerBinary('anvil'), ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += String(chunk)
      const address = /Listening on ([\d.]+:\d+)/.exec(output)?.[1]
      if (address !== undefined) resolve(`http://${address}`)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code}: ${output}`)))
  })
  return {
    url,
    rpc: createRpc(url),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

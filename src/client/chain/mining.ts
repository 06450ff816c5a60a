import { ogError } from '../../errors/og-error.ts'
import { parseDurationMs } from '../../utils/parse-duration-ms.ts'
import type { NetworkProfile } from '../profile.ts'
import { parseDuration } from './duration.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }

/** The latest block after blocks were mined or time was moved. */
export type ChainHead = { blockNumber: number; blockHash: Hex; timestamp: number; time: string }

/** Mines blocks on a devnet, `intervalSeconds` apart on the chain's clock. @throws OgError DEVNET_ONLY */
export async function mineBlocks(
  blocks: number,
  { profile, signal, intervalSeconds }: Options & { intervalSeconds?: number | undefined },
): Promise<ChainHead & { mined: number }> {
  const rpc = devnetRpc(profile, 'mining on request')
  const params = [`0x${blocks.toString(16)}`]
  if (intervalSeconds !== undefined) params.push(`0x${intervalSeconds.toString(16)}`)
  await rpc.request('hardhat_mine', params, { signal })
  return { mined: blocks, ...(await readHead(rpc, signal)) }
}

/**
 * Moves the chain's clock forward, by a duration (`+1h`) or to a moment (`2027-01-01T00:00Z`), and mines one block so that
 * contracts see it. Time never runs backwards.
 * @throws OgError DEVNET_ONLY, VALUE_INVALID
 */
export async function warp(text: string, { profile, signal }: Options): Promise<ChainHead & { movedSeconds: number }> {
  const rpc = devnetRpc(profile, 'moving the clock')
  const before = await readHead(rpc, signal)
  const moment = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text.trim()) : undefined
  if (moment !== undefined) await mineAt(rpc, text, moment, before, signal)
  else {
    await rpc.request('evm_increaseTime', [parseDuration(text)], { signal })
    await rpc.request('evm_mine', [], { signal })
  }
  const head = await readHead(rpc, signal)
  return { movedSeconds: head.timestamp - before.timestamp, ...head }
}

async function mineAt(
  rpc: RpcClient,
  text: string,
  moment: number,
  before: ChainHead,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timestamp = Math.floor(moment / 1000)
  if (Number.isNaN(timestamp) || timestamp <= before.timestamp) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(text),
      expected: `a moment after the latest block (${before.time})`,
      example: 'for example +1h, or 2030-01-01T00:00Z',
    })
  }
  await rpc.request('evm_mine', [timestamp], { signal })
}

/** How a devnet makes blocks. `intervalMs` is null when none are made by the clock. */
export type MiningMode = { automine: boolean; intervalMs: number | null }

/**
 * Sets when blocks are made: `on` (one for each transaction), `off` (only on request), or an interval such as `2s`. Without a mode it
 * only says whether automining is on.
 * @throws OgError DEVNET_ONLY, VALUE_INVALID
 */
export async function setMining(mode: string | undefined, { profile, signal }: Options): Promise<MiningMode> {
  const rpc = devnetRpc(profile, 'choosing when blocks are made')
  const intervalMs = mode === undefined || mode === 'on' || mode === 'off' ? null : intervalOf(mode)
  if (mode !== undefined) {
    await rpc.request('evm_setIntervalMining', [intervalMs ?? 0], { signal })
    await rpc.request('evm_setAutomine', [mode === 'on'], { signal })
  }
  return { automine: await rpc.request<boolean>('hardhat_getAutomine', [], { signal }), intervalMs }
}

function intervalOf(text: string): number {
  const milliseconds = parseDurationMs(text)
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds
  throw ogError('VALUE_INVALID', {
    value: JSON.stringify(text),
    expected: 'on, off or an interval',
    example: 'for example 2s or 500ms',
  })
}

/** The endpoint of a devnet. @throws OgError DEVNET_ONLY on a public network */
export function devnetRpc(profile: NetworkProfile, what: string): RpcClient {
  if (profile.mnemonic === undefined) throw ogError('DEVNET_ONLY', { what, network: profile.name })
  return createRpc(profile.rpc)
}

/** The latest block. */
export async function readHead(rpc: RpcClient, signal: AbortSignal | undefined): Promise<ChainHead> {
  const block = await rpc.request<{ number: Hex; hash: Hex; timestamp: Hex }>(
    'eth_getBlockByNumber',
    ['latest', false],
    {
      signal,
    },
  )
  const timestamp = Number(block.timestamp)
  return {
    blockNumber: Number(block.number),
    blockHash: block.hash,
    timestamp,
    time: new Date(timestamp * 1000).toISOString(),
  }
}

import { isOgError } from '../../errors/og-error.ts'
import type { ReplayProgress } from '../../protocol/storage/kv/wire.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { RpcClient } from '../chain/rpc.ts'
import { getValue, listKeys } from './kv.ts'

/** A key that has a new value, or none any more (`value` null). */
export type KvChange = { key: Uint8Array; version: number | null; value: Uint8Array | null }

const POLL_MS = 250

/**
 * Yields every key of a stream with its value, then each change as the KV node replays it, until `signal` aborts (the end, not an
 * error). Several writes to a key between two looks are one change. With `once` it ends after the first look.
 * @throws OgError NETWORK_UNREACHABLE, RPC_ERROR
 */
export async function* watchStream(
  node: RpcClient,
  streamId: Hex,
  options: { once?: boolean | undefined; signal: AbortSignal },
): AsyncGenerator<KvChange> {
  const { signal } = options
  const seen = new Map<string, number>()
  let applied = -1
  while (!signal.aborted) {
    try {
      const { appliedSeq } = await node.request<ReplayProgress>('kv_getReplayProgress', [], { signal })
      // Lower than before: the chain was rewound, and keys may have older values again.
      if (appliedSeq !== applied) yield* changesSince(seen, node, streamId, signal)
      applied = appliedSeq
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
    if (options.once) return
    await pause(POLL_MS, signal)
  }
}

/** What differs from `seen`, which is brought up to date on the way. */
async function* changesSince(
  seen: Map<string, number>,
  node: RpcClient,
  streamId: Hex,
  signal: AbortSignal,
): AsyncGenerator<KvChange> {
  const present = new Set<string>()
  for await (const { key, version } of listKeys(node, streamId, signal)) {
    const id = Buffer.from(key).toString('base64')
    present.add(id)
    if (seen.get(id) === version) continue
    const found = await valueIfThere(node, streamId, key, signal)
    if (!found) continue
    seen.set(id, found.version)
    yield { key, ...found }
  }
  for (const id of seen.keys()) {
    if (present.has(id)) continue
    seen.delete(id)
    yield { key: Buffer.from(id, 'base64'), version: null, value: null }
  }
}

/** The value of a key, or undefined when it was deleted a moment ago. */
async function valueIfThere(node: RpcClient, streamId: Hex, key: Uint8Array, signal: AbortSignal) {
  return await getValue(node, streamId, key, { signal }).catch((error: unknown) => {
    if (isOgError(error) && error.code === 'KV_KEY_UNKNOWN') return undefined
    throw error
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

import { isOgError } from '../../../errors/og-error.ts'
import type { Hex } from '../rpc.ts'
import type { Ask } from './proven-state.ts'
import type { FullBlock } from './reexecute-block.ts'

type Prestate = Record<Hex, { storage?: Record<Hex, Hex> }>

/**
 * The state a block will probably read: what its transactions name, and what the node's tracer says when it may be asked. Only a hint: what is
 * missing is fetched when the EVM reads it, and nothing here is trusted. The first entry is there in every block.
 */
export async function predictAccesses(block: FullBlock, tracer?: Ask): Promise<Map<Hex, Set<Hex>>> {
  const accesses = new Map<Hex, Set<Hex>>()
  const add = (address: Hex | null | undefined, slots: readonly Hex[] = []) => {
    if (!address) return
    const at = address.toLowerCase() as Hex
    const known = accesses.get(at) ?? new Set<Hex>()
    for (const slot of slots) known.add(`0x${slot.slice(2).toLowerCase().padStart(64, '0')}`)
    accesses.set(at, known)
  }
  add(block.miner)
  for (const { from, to, accessList = [] } of block.transactions) {
    add(from)
    add(to)
    for (const { address, storageKeys } of accessList) add(address, storageKeys)
  }
  if (tracer && block.transactions.length > 0) {
    for (const prestate of await tracedPrestates(block, tracer)) {
      for (const [address, { storage = {} }] of Object.entries(prestate))
        add(address as Hex, Object.keys(storage) as Hex[])
    }
  }
  return accesses
}

async function tracedPrestates(block: FullBlock, ask: Ask): Promise<Prestate[]> {
  const tracer = { tracer: 'prestateTracer' }
  try {
    const traces = await ask<{ result?: Prestate }[]>('debug_traceBlockByHash', [block.hash, tracer])
    return Array.isArray(traces) ? traces.flatMap(({ result }) => (result ? [result] : [])) : []
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_ERROR') return []
    throw error
  }
}

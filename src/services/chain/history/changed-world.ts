import type { Hex } from '../../../client/chain/rpc.ts'
import type { Engine } from '../engine.ts'
import { askEngineAll, type EngineRequest } from './engine-requests.ts'
import type { Touched } from './segment-recorder.ts'
import type { WorldState } from './world-state.ts'

/** Brings `world` up to what the engine says of the touched keys at its latest block. */
export async function updateWorld(world: WorldState, engine: Engine, touched: Touched): Promise<void> {
  for (const [address, { slots, isWiped }] of touched) {
    if (isWiped) for (const slot of world.get(address)?.storage.keys() ?? []) slots.add(slot)
  }
  const addresses = [...touched.keys()]
  const heads = await askEngineAll<Hex>(
    engine,
    addresses.flatMap((address): EngineRequest[] => [
      ['eth_getBalance', address, 'latest'],
      ['eth_getTransactionCount', address, 'latest'],
      ['eth_getCode', address, 'latest'],
    ]),
  )
  const keys = addresses.flatMap((address) =>
    [...(touched.get(address)?.slots ?? [])].map((slot) => ({ address, slot })),
  )
  const values = await askEngineAll<Hex>(
    engine,
    keys.map(({ address, slot }): EngineRequest => ['eth_getStorageAt', address, slot, 'latest']),
  )
  addresses.forEach((address, at) => {
    const [balance = '0x0', nonce = '0x0', code = '0x'] = heads.slice(at * 3, at * 3 + 3)
    if (BigInt(balance) === 0n && BigInt(nonce) === 0n && code === '0x') world.delete(address)
    else {
      const storage = world.get(address)?.storage ?? new Map<string, string>()
      world.set(address, { balance: BigInt(balance), nonce: BigInt(nonce), code, storage })
    }
  })
  keys.forEach(({ address, slot }, at) => {
    const value = BigInt(values[at] ?? 0)
    const storage = world.get(address)?.storage
    if (value === 0n) storage?.delete(slot)
    else storage?.set(slot, `0x${value.toString(16)}`)
  })
}

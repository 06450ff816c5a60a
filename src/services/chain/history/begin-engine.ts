import { ogError } from '../../../errors/og-error.ts'
import type { ChainSettings } from '../chain-state.ts'
import type { Engine } from '../engine.ts'
import type { ArchivedBlock } from './block-archive.ts'
import type { NextBlock } from './checkpoint.ts'
import { askEngine } from './engine-requests.ts'

/** Fields of the last block that code can see and that decide the next one. */
const SAME_FIELDS = ['number', 'timestamp', 'baseFeePerGas', 'mixHash', 'gasLimit', 'miner'] as const

/** Below it the engine mines every block singly, however many it is asked for. */
const MIN_HEIGHT = 32

/**
 * Takes a fresh engine, whose genesis has the state of `head`, to the height, time and fees of that block, so that it makes the next one as
 * the engine before would have.
 * @throws OgError BUG when its state root or one of the fields of the block is another: then it is not the same chain
 */
export async function beginEngine(
  engine: Engine,
  head: ArchivedBlock,
  next: NextBlock,
  settings: ChainSettings,
): Promise<void> {
  const ask = (method: string, ...params: unknown[]) => askEngine<unknown>(engine, method, ...params)
  const timestamp = Number(head.timestamp)
  const number = Number(head.number)
  if (number > 1) {
    await ask('evm_setNextBlockTimestamp', timestamp)
    await ask('hardhat_mine', `0x${(number - 1).toString(16)}`, '0x0')
  }
  await ask('hardhat_setCoinbase', head.miner)
  await ask('evm_setBlockGasLimit', head.gasLimit)
  await ask('hardhat_setNextBlockBaseFeePerGas', head.baseFeePerGas)
  // The randomness of a block follows from its parent's, here as in the engine before.
  await ask('hardhat_setPrevRandao', head.mixHash)
  await ask('evm_setNextBlockTimestamp', timestamp)
  await ask('evm_mine')
  const made = await askEngine<ArchivedBlock>(engine, 'eth_getBlockByNumber', 'latest', false)
  const differing = SAME_FIELDS.filter((field) => made[field] !== head[field])
  if (made.stateRoot !== next.stateRoot) differing.push('stateRoot' as never)
  if (differing.length > 0)
    throw ogError('BUG', { reason: `block ${number} begins with another ${differing.join(', ')}` })
  await ask('hardhat_setCoinbase', next.miner)
  await ask('evm_setBlockGasLimit', next.gasLimit)
  await ask('hardhat_setNextBlockBaseFeePerGas', next.baseFeePerGas)
  const pending = await askEngine<ArchivedBlock>(engine, 'eth_getBlockByNumber', 'pending', false)
  if (pending.parentBeaconBlockRoot !== next.parentBeaconBlockRoot) {
    throw ogError('BUG', { reason: `block ${number + 1} would have another parentBeaconBlockRoot` })
  }
  const { nextTimestamp } = settings.clock
  if (nextTimestamp !== undefined) await ask('evm_setNextBlockTimestamp', nextTimestamp)
}

/** What the engine would put into the next block, or undefined when it cannot be left now: transactions wait in it, blobs raise its fees, or it has
 * hardly begun. */
export async function nextBlockOf(engine: Engine, head: ArchivedBlock): Promise<NextBlock | undefined> {
  const waiting = await askEngine<unknown[]>(engine, 'eth_pendingTransactions')
  if (waiting.length > 0 || Number(head.number) < MIN_HEIGHT) return undefined
  const pending = await askEngine<ArchivedBlock>(engine, 'eth_getBlockByNumber', 'pending', false)
  const blobGas = [head.blobGasUsed, head.excessBlobGas, pending.excessBlobGas]
  if (blobGas.some((gas) => gas !== '0x0')) return undefined
  const { baseFeePerGas, miner, gasLimit, stateRoot, parentBeaconBlockRoot } = pending
  if (baseFeePerGas === undefined || parentBeaconBlockRoot === undefined) return undefined
  return { baseFeePerGas, miner, gasLimit, stateRoot, parentBeaconBlockRoot }
}

import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRpc, type Hex } from '../../../client/chain/rpc.ts'
import { isOgError, ogError } from '../../../errors/og-error.ts'
import { writeFileAtomic } from '../../../utils/write-file-atomic.ts'

/** What a fork was asked to be. */
export type ForkConfig = {
  /** JSON-RPC of the network whose state the chain begins with */
  url: string
  /** block to begin at; the latest when the chain is made, if null */
  blockNumber: number | null
}

/** Where exactly a fork begins, for ever: found out once, when the chain is made. */
export type ForkPin = {
  url: string
  /** chain id of the network forked */
  chainId: number
  blockNumber: number
  blockHash: Hex
  /** seconds since 1970 of that block */
  timestamp: number
}

const FILE = 'fork.json'

/**
 * The pin of the chain in `dataDir`; a new chain gets one by asking the network.
 * @throws FORK_UNREACHABLE, FORK_BLOCK_UNKNOWN; SETTING_FIXED when the chain was made as another fork
 */
export async function pinFork(dataDir: string, wanted: ForkConfig): Promise<ForkPin> {
  const path = join(dataDir, FILE)
  const known = readPin(path)
  if (known) return requireSamePin(path, known, wanted)
  const pin = await askUpstream(wanted)
  await mkdir(dataDir, { recursive: true })
  await writeFileAtomic(path, `${JSON.stringify(pin)}\n`)
  return pin
}

function readPin(path: string): ForkPin | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ForkPin
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw ogError('STATE_DAMAGED', { path, reason: (error as Error).message }, { cause: error })
  }
}

function requireSamePin(path: string, found: ForkPin, wanted: ForkConfig): ForkPin {
  const isSame = found.url === wanted.url && (wanted.blockNumber ?? found.blockNumber) === found.blockNumber
  if (isSame) return found
  const shown = (url: string, blockNumber: number | null) => (blockNumber === null ? url : `${url}@${blockNumber}`)
  throw ogError('SETTING_FIXED', {
    network: path,
    setting: 'fork',
    found: shown(found.url, found.blockNumber),
    wanted: shown(wanted.url, wanted.blockNumber),
  })
}

async function askUpstream({ url, blockNumber }: ForkConfig): Promise<ForkPin> {
  const rpc = createRpc(url)
  type Block = { number: Hex; hash: Hex; timestamp: Hex } | null
  const wanted = blockNumber === null ? 'latest' : `0x${blockNumber.toString(16)}`
  try {
    const chainId = Number(await rpc.request<Hex>('eth_chainId', []))
    const block = await rpc.request<Block>('eth_getBlockByNumber', [wanted, false])
    if (!block) throw ogError('FORK_BLOCK_UNKNOWN', { url, block: blockNumber ?? wanted })
    return {
      url,
      chainId,
      blockNumber: Number(block.number),
      blockHash: block.hash,
      timestamp: Number(block.timestamp),
    }
  } catch (error) {
    if (isOgError(error) && error.code === 'FORK_BLOCK_UNKNOWN') throw error
    throw ogError('FORK_UNREACHABLE', { url, reason: (error as Error).message }, { cause: error })
  }
}

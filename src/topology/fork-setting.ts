import { isPublicNetwork, PRESETS, type PublicNetwork } from '../client/presets.ts'
import { ogError } from '../errors/og-error.ts'

/** What a forked devnet begins with. */
export type ForkSetting = {
  /** JSON-RPC of the network forked */
  url: string
  /** its name, when it is one whose contracts we know */
  network: PublicNetwork | null
  /** null: the latest block at the time the fork is made */
  blockNumber: number | null
}

/**
 * Reads `galileo`, `mainnet` or a URL, each with an optional `@BLOCK`.
 * @throws VALUE_INVALID
 */
export function parseFork(text: string): ForkSetting {
  const [, base = '', block] = /^(.+?)(?:@(\d+|0x[0-9a-f]+))?$/i.exec(text) ?? []
  const blockNumber = block === undefined ? null : Number(block)
  const isBlock = blockNumber === null || Number.isSafeInteger(blockNumber)
  if (isBlock && isPublicNetwork(base)) return { url: PRESETS[base].rpc, network: base, blockNumber }
  if (isBlock && URL.canParse(base) && /^https?:$/.test(new URL(base).protocol)) {
    const network = Object.keys(PRESETS).find((name) => isPublicNetwork(name) && PRESETS[name].rpc === base)
    return { url: base, network: (network as PublicNetwork | undefined) ?? null, blockNumber }
  }
  throw ogError('VALUE_INVALID', {
    value: JSON.stringify(text),
    expected: 'a network to fork',
    example: 'galileo, mainnet, http://127.0.0.1:8545, each with @BLOCK if not the latest',
  })
}

/** Narrows what a manifest remembers. */
export function isForkSetting(value: unknown): value is ForkSetting {
  if (typeof value !== 'object' || value === null) return false
  const { url, network, blockNumber } = value as Record<string, unknown>
  const isKnown = network === null || (typeof network === 'string' && isPublicNetwork(network))
  return typeof url === 'string' && isKnown && (blockNumber === null || typeof blockNumber === 'number')
}

import { join } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { userStateDir } from '../runtime/devnet-paths.ts'
import { createRpc, type Hex } from './chain/rpc.ts'
import type { NetworkProfile } from './profile.ts'

/**
 * Profile of any chain behind a JSON-RPC URL: enough to check blocks and transactions, with nothing known of its contracts,
 * accounts or storage.
 * @throws OgError VALUE_INVALID, NETWORK_UNREACHABLE
 */
export async function profileOfUrl(
  url: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<NetworkProfile> {
  if (!/^https?:$/.test(protocolOf(url) ?? '')) {
    const example = 'for example https://evmrpc-testnet.0g.ai'
    throw ogError('VALUE_INVALID', { value: JSON.stringify(url), expected: 'an http or https URL', example })
  }
  const { host } = new URL(url)
  const chainId = Number(await createRpc(url).request<Hex>('eth_chainId', [], { signal }))
  const stateDir = join(userStateDir(), 'networks', String(chainId))
  return { name: host, chainId, rpc: url, contracts: {}, storage: { indexer: '' }, stateDir, accounts: [] }
}

function protocolOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).protocol : undefined
}

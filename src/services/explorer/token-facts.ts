import type { Hex } from '../../client/chain/rpc.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import type { Explorer } from './explorer.ts'

export type TokenFacts = { name: string; symbol: string; decimals: string }

const NAME = '0x06fdde03'
const SYMBOL = '0x95d89b41'
const DECIMALS = '0x313ce567'
const MAX_TEXT = 200

/** Name, symbol and decimals of tokens, as they say themselves; empty where they do not. Asked anew each time: a chain may go back. */
export async function tokenFacts(
  { rpc }: Pick<Explorer, 'rpc'>,
  tokens: ReadonlySet<Hex>,
): Promise<Map<Hex, TokenFacts>> {
  const ask = (to: Hex, data: string) => rpc.request<Hex>('eth_call', [{ to, data }, 'latest']).catch(() => '0x' as Hex)
  const facts = await mapLimit([...tokens], 4, async (token) => {
    const [name, symbol, decimals] = await Promise.all([ask(token, NAME), ask(token, SYMBOL), ask(token, DECIMALS)])
    const places = decimals.length === 66 ? BigInt(decimals) : undefined
    return [
      token,
      {
        name: textOf(name),
        symbol: textOf(symbol),
        decimals: places !== undefined && places < 256n ? String(places) : '',
      },
    ] as const
  })
  return new Map(facts)
}

/** An ABI-encoded string, or the bytes32 of old tokens; what cannot be shown is left out. */
function textOf(data: Hex): string {
  const bytes = Buffer.from(data.slice(2), 'hex')
  const length = bytes.length >= 64 ? Number(BigInt(`0x${bytes.subarray(32, 64).toString('hex')}`)) : 0
  const text = bytes.length === 32 ? bytes : bytes.subarray(64, 64 + Math.min(length, MAX_TEXT))
  return text.toString('utf8').replaceAll(/\p{C}/gu, '')
}

import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { createRpc } from './rpc.ts'

/**
 * One JSON-RPC request with the parameters of a command line: each JSON where it is JSON and text otherwise, or one text that is a
 * JSON array of all.
 * @throws OgError VALUE_INVALID, RPC_ERROR, RPC_REVERTED
 */
export async function rawRequest(
  method: string,
  params: readonly string[] | string,
  { profile, signal }: { profile: NetworkProfile; signal?: AbortSignal | undefined },
): Promise<unknown> {
  const values = typeof params === 'string' ? parseArray(params) : params.map(parseValue)
  return await createRpc(profile.rpc).request(method, values, { signal })
}

/** Digits beyond 2^53 stay text: as a number they would be another one. */
function parseValue(text: string): unknown {
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function parseArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // said below
  }
  throw ogError('VALUE_INVALID', {
    value: text,
    expected: 'a JSON array',
    example: `for example --params '["latest",false]'`,
  })
}

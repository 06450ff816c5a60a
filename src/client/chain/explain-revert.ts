import { decodeCustomError } from '../../contracts/decode-error.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { type DecodedItem, decodeBySelector } from './decode-abi.ts'
import { nameOf } from './names.ts'
import { type Hex, naming } from './rpc.ts'

/** A revert in words, and what to do about it. */
export type RevertWords = { reason: string; fix: string; error: DecodedItem | undefined }

/** Revert data by the errors of the network, those of the user's own contracts, and the standards; undefined when nobody knows them. */
export function revertWords(profile: NetworkProfile | undefined, data: Hex): RevertWords | undefined {
  const [error] = decodeBySelector(profile, 'errors', data, profile)
  const words = decodeCustomError(data)
  if (words) return { reason: withLabels(profile, words.sentence), fix: withLabels(profile, words.hint), error }
  if (!error) return undefined
  const args = error.args.map(({ name, value, label }) => `${name ? `${name}: ` : ''}${label ?? String(value)}`)
  return {
    reason: `${error.name}(${args.join(', ')})`,
    fix: `${error.sources.join(' and ')} refused the arguments or the state; \`0g chain trace\` shows where`,
    error,
  }
}

function withLabels(profile: NetworkProfile | undefined, text: string): string {
  return text.replace(/0x[0-9a-f]{40}\b/gi, (address) => (profile && nameOf(profile, address)) ?? address)
}

/**
 * Awaits a request and, when it reverts, names what refused and decodes the error: also those of contracts that only the user's own
 * artifacts describe.
 */
export async function explainRevert<T>(profile: NetworkProfile, what: string, request: Promise<T>): Promise<T> {
  try {
    return await naming(what, request)
  } catch (error) {
    if (!isOgError(error) || error.code !== 'RPC_REVERTED') throw error
    const data = error.details?.['data']
    const words = typeof data === 'string' && data.length >= 10 ? revertWords(profile, data as Hex) : undefined
    if (!words) throw error
    throw ogError(
      'RPC_REVERTED',
      { what, reason: words.reason, fix: words.fix },
      {
        cause: error.cause,
        details: {
          error: words.error?.name,
          args: Object.fromEntries((words.error?.args ?? []).map(({ name, value }, at) => [name || at, value])),
          ...error.details,
        },
      },
    )
  }
}

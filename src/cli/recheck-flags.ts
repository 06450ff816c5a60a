import { Flags } from '@oclif/core'
import { HARDFORKS } from '../client/chain/reexecute/chain-rules.ts'
import type { NetworkProfile } from '../client/profile.ts'

/** Flags of the commands that check a chain by executing it again. */
export const recheckFlags = {
  rpc: Flags.string({ description: 'check the chain behind this JSON-RPC URL instead', helpValue: 'URL' }),
  hardfork: Flags.option({ options: HARDFORKS })({
    description: 'insist on these rules instead of deriving them from the headers',
  }),
}

/** What the exit codes of these commands mean. */
export const RECHECK_EXIT_CODES = {
  0: 'everything was proven',
  4: 'the node has no such block or transaction',
  5: 'something was checked and does not hold',
  6: 'something could not be checked: the output says what the node does not give',
} as const

/** The network of --rpc where it is given, else that of the global flags. */
export async function recheckedProfile(
  flags: { rpc?: string | undefined; devnet?: string | undefined; network?: string | undefined },
  signal: AbortSignal,
): Promise<NetworkProfile> {
  if (flags.rpc !== undefined) {
    const { profileOfUrl } = await import('../client/rpc-profile.ts')
    return await profileOfUrl(flags.rpc, { signal })
  }
  const { resolveProfile } = await import('../client/connect.ts')
  return await resolveProfile(flags)
}

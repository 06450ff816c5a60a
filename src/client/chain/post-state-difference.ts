import { isEmptyAccount, NO_ACCOUNT, stateKey } from '../../protocol/chain/account-proof.ts'
import { trieGet } from '../../protocol/chain/trie-proof.ts'
import { provenCache, provenState } from './reexecute/proven-state.ts'
import type { FullBlock, Reexecution } from './reexecute/reexecute-block.ts'
import type { Ask } from './verify-block.ts'

export type StateDifference = { field: string; expected: string; actual: string }

/**
 * The first account field or slot in which the proven state after a block is not what execution wrote; undefined when all that
 * was written is as it should be. `expected` is what the chain has.
 * @throws OgError STATE_PROOF_INVALID, STATE_UNPROVABLE
 */
export async function postStateDifference(
  ask: Ask,
  block: FullBlock,
  { writes }: Reexecution,
): Promise<StateDifference | undefined> {
  const cache = provenCache()
  const after = provenState(ask, { number: BigInt(block.number), stateRoot: block.stateRoot, cache })
  await after.prefetch(new Map([...writes].map(([address, { slots }]) => [address, new Set(slots.keys())])))
  if (after.root !== block.stateRoot) {
    return { field: 'the proven root', expected: block.stateRoot, actual: after.root }
  }
  for (const [address, { account, slots }] of writes) {
    const stored = await after.account(address)
    const [chain, executed] = [stored ?? NO_ACCOUNT, account ?? NO_ACCOUNT]
    if (stored && isEmptyAccount(stored)) {
      return { field: `account ${address}`, expected: 'an empty account is kept', actual: 'it is removed (EIP-161)' }
    }
    const fields = [
      { field: `the balance of ${address}`, expected: chain.balanceWei, actual: executed.balanceWei },
      { field: `the nonce of ${address}`, expected: chain.nonce, actual: executed.nonce },
      { field: `the code hash of ${address}`, expected: chain.codeHash, actual: executed.codeHash },
    ]
    for (const [slot, actual] of account ? slots : []) {
      const expected = await after.slot(address, slot)
      if (expected === 0n && trieGet(after.nodes, chain.storageRoot, stateKey(slot))) {
        const field = `slot ${slot} of ${address}`
        return { field, expected: 'a zero is kept', actual: 'it is removed, as zeros are (yellow paper §4.1)' }
      }
      fields.push({ field: `slot ${slot} of ${address}`, expected, actual })
    }
    const wrong = fields.find(({ expected, actual }) => expected !== actual)
    if (wrong) return { field: wrong.field, expected: String(wrong.expected), actual: String(wrong.actual) }
  }
  return undefined
}

import type { Hex } from '../../../client/chain/rpc.ts'
import { toQuantity } from './params.ts'
import type { StateChange } from './trace-shapes.ts'

type Change = '=' | { '+': Hex } | { '-': Hex } | { '*': { from: Hex; to: Hex } }
type AccountDiff = { balance: Change; nonce: Change; code: Change; storage: Record<Hex, Change> }

const ZERO_WORD: Hex = `0x${'0'.repeat(64)}`

/**
 * Parity's stateDiff from what the prestateTracer's diffMode gives: `pre` has every touched account with what it was, `post` only
 * what changed. `+` is an account that was not there, `-` one that is no more, `*` a change.
 */
export function stateDiff({ pre, post }: StateChange): Record<Hex, AccountDiff> {
  const diffs: Record<Hex, AccountDiff> = {}
  for (const key of new Set([...Object.keys(pre), ...Object.keys(post)]) as Set<Hex>) {
    const before = pre[key]
    const after = post[key]
    const isNew = before === undefined
    const isGone = after === undefined
    const field = (from: Hex, to: Hex | undefined): Change => {
      if (isNew) return { '+': to ?? from }
      if (isGone) return { '-': from }
      return to === undefined || to === from ? '=' : { '*': { from, to } }
    }
    const nonce = (value: number | undefined) => (value === undefined ? undefined : toQuantity(value))
    const storage: Record<Hex, Change> = {}
    const slots = new Set([...Object.keys(before?.storage ?? {}), ...Object.keys(after?.storage ?? {})]) as Set<Hex>
    for (const slot of slots) {
      const from = before?.storage?.[slot] ?? ZERO_WORD
      // A slot that was emptied is left out of `post`.
      const to = after?.storage?.[slot] ?? ZERO_WORD
      storage[slot] = isNew ? { '+': to } : { '*': { from, to } }
    }
    diffs[key] = {
      balance: field(before?.balance ?? '0x0', after?.balance),
      nonce: field(nonce(before?.nonce) ?? '0x0', nonce(after?.nonce)),
      code: field(before?.code ?? '0x', after?.code),
      storage,
    }
  }
  return diffs
}

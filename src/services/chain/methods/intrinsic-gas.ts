import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'

const TRANSACTION = 21_000n
/** EIP-2028 */
const ZERO_BYTE = 4n
const DATA_BYTE = 16n
const CREATION = 32_000n
/** EIP-3860 */
const INIT_CODE_WORD = 2n
/** EIP-2930 */
const LISTED_ADDRESS = 2_400n
const LISTED_SLOT = 1_900n
/** EIP-7702 */
const AUTHORIZATION = 25_000n

/** Gas a transaction costs before any code runs, from Shanghai on. */
export function intrinsicGas({ to, input, accessList, authorizationList }: RpcTransaction): bigint {
  let gas = TRANSACTION
  for (let at = 2; at < input.length; at += 2) gas += input.startsWith('00', at) ? ZERO_BYTE : DATA_BYTE
  if (to === null) gas += CREATION + INIT_CODE_WORD * BigInt(Math.ceil((input.length - 2) / 64))
  for (const { storageKeys } of accessList ?? []) gas += LISTED_ADDRESS + LISTED_SLOT * BigInt(storageKeys.length)
  return gas + AUTHORIZATION * BigInt(authorizationList?.length ?? 0)
}

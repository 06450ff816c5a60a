import type { IncomingMessage } from 'node:http'
import { formatAmount } from '../../client/chain/amount.ts'
import { RESERVE_WEI } from '../../client/compute/ledger.ts'
import { type ComputeContracts, type OnChainAccount, readAccount, readService } from '../../client/compute/serving.ts'
import {
  isRefusal,
  type ParsedAuthorization,
  parseAuthorization,
  refuseSession,
} from '../../protocol/compute/session-token.ts'
import type { Hex } from '../../protocol/ecdsa.ts'
import type { FeeBook } from './fee-book.ts'
import { HttpError } from './http-reply.ts'

/** A caller whose session holds: its address (lower case) and its sub-account as the chain has it right now. */
export type Caller = { user: Hex; account: OnChainAccount | undefined }

export type Admission = {
  /** Checks the session of a request (0G compute spec §4.4). Throws 400 with the network's text. */
  authenticate(req: IncomingMessage): Promise<Caller>
  /** Checks acknowledgements and balance for a request of up to `feeWei` (§4.5) and reserves that much. Throws 400. */
  reserve(caller: Caller, feeWei: bigint): Promise<() => void>
}

/**
 * Who may use the provider. Accounts are read from the chain for every request: it costs a local call of a few milliseconds, and
 * a revoked key, a top-up or a withdrawal counts at once instead of after the two minutes public providers cache them.
 */
export function createAdmission(options: {
  contracts: ComputeContracts
  provider: Hex
  book: FeeBook
  now?: () => number
}): Admission {
  const { contracts, provider, book, now = () => Date.now() } = options
  const readOnce = shareConcurrent((user: Hex) => readAccount(contracts, user, provider))
  const readOwnService = shareConcurrent((address: Hex) => readService(contracts, address))

  return {
    async authenticate(req) {
      const parsed = parseAuthorization(req.headers.authorization)
      if (isRefusal(parsed)) throw refused(parsed.refused)
      return await authenticateToken(parsed)
    },
    async reserve({ user, account }, feeWei) {
      if (!account) {
        throw new HttpError(
          400,
          `get account from contract, account not exist: user ${user} has no account with provider ${provider}`,
        )
      }
      if (!account.acknowledged) {
        const text =
          'user not acknowledge the provider, please use acknowledgeProviderSigner function in sdk first, it will take effect in 2 minutes'
        throw new HttpError(400, text)
      }
      const service = await readOwnService(provider)
      if (!service?.teeSignerAcknowledged) throw new HttpError(400, 'service not acknowledge the tee signer')
      const unsettledWei = book.unsettledWei(user) + book.reservedWei(user)
      const lockedWei = account.balance - account.pendingRefund
      const requiredWei = RESERVE_WEI + unsettledWei + feeWei
      if (lockedWei < requiredWei) throw insufficient(lockedWei, unsettledWei, feeWei)
      return book.reserve(user, feeWei)
    },
  }

  async function authenticateToken(parsed: ParsedAuthorization): Promise<Caller> {
    const user = parsed.token.address.toLowerCase() as Hex
    const account = await readOnce(user)
    const refusal = refuseSession(parsed, { provider, nowMs: now(), account })
    if (refusal) throw refused(refusal.refused)
    return { user, account }
  }

  function insufficient(lockedWei: bigint, unsettledWei: bigint, feeWei: bigint): HttpError {
    const requiredWei = RESERVE_WEI + unsettledWei + feeWei
    const parts = `minimum reserve ${sixDecimals(RESERVE_WEI)} + unsettled fees ${sixDecimals(unsettledWei)} + current request fee ${sixDecimals(feeWei)}`
    const amount = formatAmount(requiredWei - lockedWei)
    return new HttpError(
      400,
      `insufficient balance: your locked balance is ${sixDecimals(lockedWei)} 0G, but the required minimum is ${sixDecimals(requiredWei)} 0G (breakdown: ${parts}). Please add more funds with: 0g-compute-cli transfer-fund --provider ${provider} --amount ${amount}`,
    )
  }
}

function refused(text: string): HttpError {
  return new HttpError(400, `validate session: ${text}`)
}

/** 0G with exactly six decimals, rounded down, as the network prints balances. */
function sixDecimals(wei: bigint): string {
  const micro = wei / 10n ** 12n
  return `${micro / 1_000_000n}.${(micro % 1_000_000n).toString().padStart(6, '0')}`
}

/** Calls that run at the same time for the same key share one result; nothing is remembered after it. */
function shareConcurrent<K, V>(read: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const running = new Map<K, Promise<V>>()
  return (key) => {
    const shared = running.get(key) ?? read(key).finally(() => running.delete(key))
    running.set(key, shared)
    return shared
  }
}

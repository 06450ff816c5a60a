import { randomBytes } from '@noble/hashes/utils.js'
import {
  EPHEMERAL_LIFETIME_MS,
  EPHEMERAL_TOKEN_ID,
  type SessionToken,
  signSessionToken,
} from '../../protocol/compute/session-token.ts'
import { checksumAddress, toHex } from '../../protocol/ecdsa.ts'
import type { Wallet } from '../chain/wallet.ts'

/** A signed session with one provider: what it is, and the Authorization header that carries it. */
export type Session = { token: SessionToken; authorization: string }

/**
 * Opens an ephemeral session (24 hours, the longest providers accept) for a user's current token generation.
 * It takes no network round trip: the provider checks the signature.
 */
export function openSession(wallet: Wallet, provider: string, generation: bigint, nowMs: number = Date.now()): Session {
  const token: SessionToken = {
    address: checksumAddress(wallet.address),
    provider: checksumAddress(provider),
    timestamp: nowMs,
    expiresAt: nowMs + EPHEMERAL_LIFETIME_MS,
    nonce: toHex(randomBytes(16)).slice(2),
    generation: Number(generation),
    tokenId: EPHEMERAL_TOKEN_ID,
  }
  return { token, authorization: signSessionToken(token, wallet.privateKey) }
}

import { utf8ToBytes } from '@noble/hashes/utils.js'
import {
  fromHex,
  type Hex,
  isSameAddress,
  keccak256,
  personalDigest,
  recoverDigestSigner,
  signDigest,
} from '../ecdsa.ts'

/**
 * Session tokens of the 0G compute network (0G compute spec §3.3, §4.4): the only authentication between a user and a
 * provider. `Authorization: Bearer app-sk-base64(message "|" signature)`, the message being JSON in a fixed key order.
 */
export type SessionToken = {
  address: string
  provider: string
  /** milliseconds since the epoch */
  timestamp: number
  /** milliseconds since the epoch; 0 = never (API keys only) */
  expiresAt: number
  nonce: string
  /** counter of the user's sub-account: revoking all tokens raises it */
  generation: number
  /** 0–254: an API key, revocable one by one; 255: an ephemeral session */
  tokenId: number
}

export const EPHEMERAL_TOKEN_ID = 255
export const EPHEMERAL_LIFETIME_MS = 24 * 60 * 60 * 1000
const SCHEME = 'Bearer app-sk-'

/** The exact text that is signed: no spaces, keys in the order official clients use. */
export function encodeSessionMessage(token: SessionToken): string {
  const { address, provider, timestamp, expiresAt, nonce, generation, tokenId } = token
  return JSON.stringify({ address, provider, timestamp, expiresAt, nonce, generation, tokenId })
}

/** EIP-191 digest over the 32 hash bytes of the message. */
export function sessionDigest(message: string): Uint8Array {
  return personalDigest(keccak256(utf8ToBytes(message)))
}

/** Value of the Authorization header for a token, signed by the user's key. */
export function signSessionToken(token: SessionToken, privateKey: Hex): string {
  const message = encodeSessionMessage(token)
  return authorizationHeader(message, signDigest(sessionDigest(message), privateKey))
}

/** Value of the Authorization header for a message that is already signed. */
export function authorizationHeader(message: string, signature: Hex): string {
  return `${SCHEME}${encodeBase64(utf8ToBytes(`${message}|${signature}`))}`
}

export type ParsedAuthorization = { token: SessionToken; message: string; signature: string }
export type Refusal = { refused: string }

/** True for a refusal of {@link parseAuthorization} or {@link refuseSession}. */
export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}

/** Reads an Authorization header, or says in the provider's own words what is wrong with it (§4.4). Checks no signature. */
export function parseAuthorization(header: string | undefined): ParsedAuthorization | Refusal {
  if (!header?.startsWith(SCHEME)) {
    return { refused: 'missing or invalid Authorization header, must be Bearer app-sk-<base64(rawMessage:signature)>' }
  }
  const payload = decodeBase64(header.slice(SCHEME.length).trim())
  if (payload === undefined) return { refused: 'invalid base64 in Authorization header' }
  // Official clients split at the first bar, which their messages never contain; a signature cannot contain one at all.
  const separator = payload.lastIndexOf('|')
  if (separator < 0) return { refused: 'invalid Authorization payload, expect base64(rawMessage:signature)' }
  const message = payload.slice(0, separator)
  const token = decodeToken(message)
  if (!token) return { refused: 'invalid session token format in Authorization' }
  return { token, message, signature: payload.slice(separator + 1) }
}

/** What the provider knows about the caller's sub-account on chain; undefined = no account, which counts as generation 0. */
export type SessionAccount = { generation: bigint; revokedBitmap: bigint }

/**
 * Why a parsed session must be refused, or undefined when it holds: right provider, lifetime, not revoked, signed by its
 * address (§4.4). `nowMs` is the wall clock of the provider.
 */
export function refuseSession(
  parsed: ParsedAuthorization,
  context: { provider: string; nowMs: number; account: SessionAccount | undefined },
): Refusal | undefined {
  const { token } = parsed
  if (!isSameAddress(token.provider, context.provider)) return { refused: 'session token is for different provider' }
  if (token.tokenId === EPHEMERAL_TOKEN_ID) {
    if (token.expiresAt === 0) return { refused: 'ephemeral token must have an expiration time' }
    if (token.expiresAt - token.timestamp > EPHEMERAL_LIFETIME_MS) {
      return { refused: 'ephemeral token duration cannot exceed 24 hours' }
    }
  }
  if (token.expiresAt !== 0 && Math.floor(context.nowMs / 1000) > Math.floor(token.expiresAt / 1000)) {
    return { refused: 'session token expired' }
  }
  const generation = context.account?.generation ?? 0n
  if (BigInt(token.generation) !== generation) {
    return {
      refused: `session token was revoked: its generation is ${token.generation}, the account's is ${generation}`,
    }
  }
  const isRevoked = ((context.account?.revokedBitmap ?? 0n) >> BigInt(token.tokenId)) & 1n
  if (token.tokenId !== EPHEMERAL_TOKEN_ID && isRevoked === 1n) {
    return { refused: `session token was revoked: token id ${token.tokenId}` }
  }
  return refuseSignature(parsed)
}

function refuseSignature({ token, message, signature }: ParsedAuthorization): Refusal | undefined {
  let bytes: Uint8Array
  try {
    bytes = fromHex(signature)
  } catch {
    return { refused: 'invalid signature format' }
  }
  if (bytes.length !== 65) return { refused: 'invalid signature length' }
  let signer: string
  try {
    signer = recoverDigestSigner(sessionDigest(message), bytes)
  } catch {
    return { refused: 'failed to recover public key from signature' }
  }
  return isSameAddress(signer, token.address)
    ? undefined
    : { refused: 'signature verification failed: address mismatch' }
}

/** The lowest API key id that was never revoked for an account, as official clients choose it; undefined when all 255 are. */
export function nextTokenId(revokedBitmap: bigint): number | undefined {
  for (let id = 0; id < EPHEMERAL_TOKEN_ID; id++) if (((revokedBitmap >> BigInt(id)) & 1n) === 0n) return id
  return undefined
}

function decodeToken(message: string): SessionToken | undefined {
  let value: unknown
  try {
    value = JSON.parse(message)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const {
    address,
    provider,
    timestamp = 0,
    expiresAt = 0,
    nonce = '',
    generation = 0,
    tokenId = 0,
  } = value as Partial<Record<keyof SessionToken, unknown>>
  const isAddress = (text: unknown): text is string => typeof text === 'string' && /^0x[0-9a-fA-F]{40}$/.test(text)
  const isCount = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
  if (!isAddress(address) || !isAddress(provider) || typeof nonce !== 'string') return undefined
  if (!isCount(timestamp) || !isCount(expiresAt) || !isCount(generation) || !isCount(tokenId) || tokenId > 255) {
    return undefined
  }
  return { address, provider, timestamp, expiresAt, nonce, generation, tokenId }
}

function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    const binary = atob(text)
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))
  } catch {
    return undefined
  }
}

import { describe, expect, test } from 'vitest'
import { addressOfPrivateKey } from '../ecdsa.ts'
import {
  authorizationHeader,
  isRefusal,
  nextTokenId,
  parseAuthorization,
  refuseSession,
  type SessionToken,
  signSessionToken,
} from './session-token.ts'

const KEY = `0x${'22'.repeat(32)}` as const
const PROVIDER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const NOW_MS = 1767225600000
const HOUR_MS = 3_600_000

const token = (change: Partial<SessionToken> = {}): SessionToken => ({
  address: addressOfPrivateKey(KEY),
  provider: PROVIDER,
  timestamp: NOW_MS,
  expiresAt: NOW_MS + HOUR_MS,
  nonce: 'n',
  generation: 0,
  tokenId: 255,
  ...change,
})

type Account = { generation: bigint; revokedBitmap: bigint }

/** Sends a token through the same two steps a provider uses and returns the refusal text. */
function refusal(header: string | undefined, account?: Account, nowMs = NOW_MS): string | undefined {
  const parsed = parseAuthorization(header)
  if (isRefusal(parsed)) return parsed.refused
  return refuseSession(parsed, { provider: PROVIDER, nowMs, account })?.refused
}
const signed = (change: Partial<SessionToken> = {}) => signSessionToken(token(change), KEY)

describe('a session is refused with the texts of the network (§4.4)', () => {
  test.each([
    [undefined, 'missing or invalid Authorization header, must be Bearer app-sk-<base64(rawMessage:signature)>'],
    ['Bearer sk-123', 'missing or invalid Authorization header, must be Bearer app-sk-<base64(rawMessage:signature)>'],
    ['Bearer app-sk-***', 'invalid base64 in Authorization header'],
    [`Bearer app-sk-${btoa('no separator')}`, 'invalid Authorization payload, expect base64(rawMessage:signature)'],
    [`Bearer app-sk-${btoa('not json|0x00')}`, 'invalid session token format in Authorization'],
    [`Bearer app-sk-${btoa('{"address":"0x1"}|0x00')}`, 'invalid session token format in Authorization'],
    [signed({ provider: `0x${'00'.repeat(20)}` }), 'session token is for different provider'],
    [signed({ expiresAt: 0 }), 'ephemeral token must have an expiration time'],
    [signed({ expiresAt: NOW_MS + 25 * HOUR_MS }), 'ephemeral token duration cannot exceed 24 hours'],
    [authorizationHeader(JSON.stringify(token()), '0xzz' as '0x'), 'invalid signature format'],
    [authorizationHeader(JSON.stringify(token()), '0x1234'), 'invalid signature length'],
    [
      authorizationHeader(JSON.stringify(token()), `0x${'00'.repeat(65)}`),
      'failed to recover public key from signature',
    ],
    [signSessionToken(token(), `0x${'33'.repeat(32)}`), 'signature verification failed: address mismatch'],
  ])('%#', (header, text) => {
    expect(refusal(header)).toBe(text)
  })

  test('after its end', () => {
    expect(refusal(signed(), undefined, NOW_MS + 2 * HOUR_MS)).toBe('session token expired')
    expect(refusal(signed({ expiresAt: 0, tokenId: 3 }), undefined, NOW_MS + 999 * HOUR_MS)).toBeUndefined()
  })

  test('when its generation or its key id is revoked', () => {
    expect(refusal(signed(), { generation: 1n, revokedBitmap: 0n })).toContain('revoked')
    expect(refusal(signed({ tokenId: 3 }), { generation: 0n, revokedBitmap: 8n })).toContain('revoked')
    expect(refusal(signed({ tokenId: 4 }), { generation: 0n, revokedBitmap: 8n })).toBeUndefined()
    expect(refusal(signed({ generation: 2 }), { generation: 2n, revokedBitmap: 0n })).toBeUndefined()
  })
})

test('unknown keys in a token are tolerated', () => {
  const message = JSON.stringify({ ...token(), extra: true })
  const parsed = parseAuthorization(authorizationHeader(message, '0x00'))
  expect(isRefusal(parsed)).toBe(false)
})

test('the next API key id is the lowest unrevoked one', () => {
  expect(nextTokenId(0n)).toBe(0)
  expect(nextTokenId(0b1011n)).toBe(2)
  expect(nextTokenId((1n << 255n) - 1n)).toBeUndefined()
})

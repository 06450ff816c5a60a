import { utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { addressOfPrivateKey, keccak256, personalDigest, recoverDigestSigner, toHex } from '../ecdsa.ts'
import { recoverResponseSigner, responseText, sha256Hex, signResponse } from './response-signature.ts'
import {
  authorizationHeader,
  encodeSessionMessage,
  isRefusal,
  parseAuthorization,
  refuseSession,
  type SessionToken,
  sessionDigest,
  signSessionToken,
} from './session-token.ts'
import {
  isSettlementSignedBy,
  requestsHash,
  settlementDigest,
  settlementDomainSeparator,
  signSettlement,
} from './settlement.ts'

// Vectors of the 0G compute spec §8, computed with the published SDK 0.9.0 on a frozen clock.
const USER_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const USER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const PROVIDER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const TEE_KEY = `0x${'11'.repeat(32)}` as const
const TEE = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const NOW_MS = 1767225600000

const session: SessionToken = {
  address: USER,
  provider: PROVIDER,
  timestamp: NOW_MS,
  expiresAt: NOW_MS + 86_400_000,
  nonce: '1767225600000-i00000000000000000',
  generation: 0,
  tokenId: 255,
}

test('keys give the known addresses', () => {
  expect(addressOfPrivateKey(USER_KEY)).toBe(USER)
  expect(addressOfPrivateKey(TEE_KEY)).toBe(TEE)
})

describe('session token (§8.1, §8.2)', () => {
  const message =
    '{"address":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","provider":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","timestamp":1767225600000,"expiresAt":1767312000000,"nonce":"1767225600000-i00000000000000000","generation":0,"tokenId":255}'
  const signature =
    '0x13af18feeaba132debf44abfc04f334a4b2eefae945a633e2fa633dcbe7427397425f0ab747c737dfd6ef53cbab6a7e7dba3d4d4db25b5075635f41c2ea696671c'
  const header =
    'Bearer app-sk-eyJhZGRyZXNzIjoiMHhmMzlGZDZlNTFhYWQ4OEY2RjRjZTZhQjg4MjcyNzljZmZGYjkyMjY2IiwicHJvdmlkZXIiOiIweDcwOTk3OTcwQzUxODEyZGMzQTAxMEM3ZDAxYjUwZTBkMTdkYzc5QzgiLCJ0aW1lc3RhbXAiOjE3NjcyMjU2MDAwMDAsImV4cGlyZXNBdCI6MTc2NzMxMjAwMDAwMCwibm9uY2UiOiIxNzY3MjI1NjAwMDAwLWkwMDAwMDAwMDAwMDAwMDAwMCIsImdlbmVyYXRpb24iOjAsInRva2VuSWQiOjI1NX18MHgxM2FmMThmZWVhYmExMzJkZWJmNDRhYmZjMDRmMzM0YTRiMmVlZmFlOTQ1YTYzM2UyZmE2MzNkY2JlNzQyNzM5NzQyNWYwYWI3NDdjNzM3ZGZkNmVmNTNjYmFiNmE3ZTdkYmEzZDRkNGRiMjViNTA3NTYzNWY0MWMyZWE2OTY2NzFj'

  test('message, hash, digest, signature and header', () => {
    expect(encodeSessionMessage(session)).toBe(message)
    expect(toHex(keccak256(utf8ToBytes(message)))).toBe(
      '0x77ea37ee1576d07f5d3db0e22272a66e7afde39dd550f1314b5ac5daf873a24a',
    )
    expect(toHex(sessionDigest(message))).toBe('0x56357b15ce6f751c571d17af3f2bfc6a559252ee86ee8fdde1abbf09a64f4118')
    expect(signSessionToken(session, USER_KEY)).toBe(header)
    expect(authorizationHeader(message, signature)).toBe(header)
  })

  test('the header parses back and holds', () => {
    const parsed = parseAuthorization(header)
    expect(parsed).toEqual({ token: session, message, signature })
    if (isRefusal(parsed)) throw new Error(parsed.refused)
    expect(refuseSession(parsed, { provider: PROVIDER, nowMs: NOW_MS, account: undefined })).toBeUndefined()
  })

  test('persistent API key', () => {
    const apiKey = { ...session, expiresAt: 0, tokenId: 0 }
    const text = encodeSessionMessage(apiKey)
    expect(text).toBe(
      '{"address":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","provider":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","timestamp":1767225600000,"expiresAt":0,"nonce":"1767225600000-i00000000000000000","generation":0,"tokenId":0}',
    )
    expect(signSessionToken(apiKey, USER_KEY)).toBe(
      authorizationHeader(
        text,
        '0x1c373f9229b4170b7317fd6ccd85f4dc9316a67e3dffda20a310903c2b0676ab312e74b47b50727f0b74edd852db9927df5efc246641633fcbdf73d9ffee68451b',
      ),
    )
  })
})

describe('settlement (§8.3)', () => {
  const domain = { chainId: 31337n, verifyingContract: '0x0165878A594ca255338adfa4d48449f69242Eb8F' }
  const hash = requestsHash(USER, [{ requestHash: '0x01', feeWei: 14000n, inputFeeWei: 10000n, outputFeeWei: 4000n }])
  const settlement = {
    requestsHash: hash,
    nonce: 17672256000000000n,
    provider: PROVIDER,
    user: USER,
    totalFeeWei: 14000n,
  }

  test('requests hash, domain, digest', () => {
    expect(hash).toBe('0x715c81a1d8b7574ab01bd20186283efdd3daac83f56cf9bb7e800f87b2ab1a7c')
    expect(toHex(settlementDomainSeparator(domain))).toBe(
      '0xa907dc2533af4263d8de8b56adc9778afb1a339941e807a12b2def4d10d6292b',
    )
    expect(toHex(settlementDigest(settlement, domain))).toBe(
      '0xc20842582d774f7470d36fe610ee9703cf3f5f7645c8585f1a7266c58a6f9bce',
    )
  })

  test('signatures by the TEE key and by another key', () => {
    const byTee = signSettlement(settlement, domain, TEE_KEY)
    expect(byTee).toBe(
      '0xab37bf0eb0772934d98639990f629ffc66c729c98f4a10c2fcf888b98ec368c26646eb271afe75ead13b1d74271095e82d2f4d89ee4b8b953b99ca78e3f9e1221c',
    )
    const byUser = signSettlement(settlement, domain, USER_KEY)
    expect(byUser).toBe(
      '0x92513e174e58ad5a61695ac9a474d2abc8c2e4f21dbd0ba2abcfa87488b8fd7230a9b3fdf43c7e47fe0c1dc3cebf59d42dbce6480dac8073fe0920f1522d411c1b',
    )
    expect(isSettlementSignedBy(settlement, domain, byTee, TEE)).toBe(true)
    expect(isSettlementSignedBy(settlement, domain, byUser, TEE)).toBe(false)
    expect(isSettlementSignedBy(settlement, domain, '0x1234', TEE)).toBe(false)
  })
})

describe('response signature (§8.5)', () => {
  const request = '{"model":"tiny","messages":[{"role":"user","content":"hi"}]}'
  const response =
    '{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}'
  const text = responseText(sha256Hex(utf8ToBytes(request)), sha256Hex(utf8ToBytes(response)))

  test('text and digest', () => {
    expect(text).toBe(
      '531ba1dd9c183ed529abde761708118b4132d50de3b84923e9b8c1a4f3d5218c:82b90aa82421f2ffe5df6645ce18569828c9e1235d86f037815cef07cdeb2c2c',
    )
    expect(toHex(personalDigest(utf8ToBytes(text)))).toBe(
      '0x08199c939d329d98cdb1f7d63b4f3bbf3371eb1c62838e3cd0d8e432fda00544',
    )
  })

  test('signatures', () => {
    const signed = signResponse(text, TEE_KEY, TEE)
    expect(signed.signature).toBe(
      '0xcaeb62868e04128516925b69517cb58e7c25d172ff62f33ab271d9d43ab9d7ac161d4b89f5b00360009d8a1cf6903eb4c95b11d1b5e53c38413f6ab57031fabd1b',
    )
    expect(recoverResponseSigner(text, signed.signature)).toBe(TEE)
    expect(signResponse(text, USER_KEY, USER).signature).toBe(
      '0x2a53724f08845202d81cb2b83038640ec6eeb27deae8689cc0183c064190f96d131b20d132b19ebeec5b7810d65a2ddf34f1466aaa05a34ecb7e9552e619d3531c',
    )
  })
})

test('a signature with a broken v has no signer', () => {
  const digest = keccak256(utf8ToBytes('x'))
  expect(() => recoverDigestSigner(digest, new Uint8Array(65))).toThrow()
})

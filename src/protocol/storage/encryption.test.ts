import { createCipheriv } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compressedPublicKey,
  counterBlock,
  decodeHeader,
  eciesKey,
  encodeHeader,
  headerSize,
  keyFits,
  sealToPublicKey,
  sealWithKey,
} from './encryption.ts'
import { fileTreeOf } from './file-tree.ts'

/** Vectors of the 0G storage spec §6.6. */
const KEY = new Uint8Array(32).fill(0x42)
const NONCE = Uint8Array.from({ length: 16 }, (_, i) => i)
const TEXT = new TextEncoder().encode('hello 0G storage')
const ONE = hexToBytes('01'.padStart(64, '0'))
const TWO = hexToBytes('02'.padStart(64, '0'))

function cipher(key: Uint8Array, nonce: Uint8Array, offset: number, data: Uint8Array): Uint8Array {
  return createCipheriv('aes-256-ctr', key, counterBlock(nonce, offset)).update(data)
}

describe('vectors', () => {
  test('version 1: stored bytes and root', () => {
    const stored = Buffer.concat([encodeHeader({ version: 1, nonce: NONCE }), cipher(KEY, NONCE, 0, TEXT)])
    expect(stored.toString('hex')).toBe('01000102030405060708090a0b0c0d0e0fa137e2a84f89cd633374c71031c9f684')
    expect(fileTreeOf(stored).root).toBe('0x494a3f7e97406c142336d839b2bff68b4513cee1c60a77034ef23b2e2a5d0526')
  })

  test('the counter wraps at 2^128', () => {
    const last = new Uint8Array(16).fill(0xff)
    expect(bytesToHex(cipher(KEY, last, 16, new Uint8Array(16)))).toBe('bfb6d89c222a66f0fff7def5b86b3a2f')
  })

  test('version 2: ephemeral key, derived key, stored bytes', () => {
    const ephemeralPublicKey = secp256k1.getPublicKey(TWO, true)
    const key = eciesKey(TWO, secp256k1.getPublicKey(ONE, true))
    expect(bytesToHex(key)).toBe('768fe647e792ccfec5b1775e6b7feaf0f0cc22b5541ed86c8aa2d2c99e083112')
    expect(eciesKey(ONE, ephemeralPublicKey)).toEqual(key)
    const head = encodeHeader({ version: 2, ephemeralPublicKey, nonce: NONCE })
    expect(bytesToHex(head)).toBe(
      '0202c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5000102030405060708090a0b0c0d0e0f',
    )
    expect(bytesToHex(cipher(key, NONCE, 0, TEXT))).toBe('3c7227c753aae37b91e723c87dce43c4')
  })
})

test('the counter block of any offset is the nonce plus the blocks before it', () => {
  const nonces = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(nonces, fc.nat({ max: Number.MAX_SAFE_INTEGER }), (nonce, offset) => {
      const expected = (BigInt(`0x${bytesToHex(nonce)}`) + BigInt(offset) / 16n) % 2n ** 128n
      expect(bytesToHex(counterBlock(nonce, offset))).toBe(expected.toString(16).padStart(32, '0'))
    }),
  )
})

describe('headers', () => {
  test('of both versions come back as they were written', () => {
    for (const { header } of [sealWithKey(KEY), sealToPublicKey(secp256k1.getPublicKey(ONE, true))]) {
      const bytes = encodeHeader(header)
      expect(bytes.length).toBe(headerSize(header))
      expect(decodeHeader(Buffer.concat([bytes, new Uint8Array(50)]))).toEqual(header)
    }
  })

  test('other bytes are none: empty, another version, too short, a point that is not on the curve', () => {
    const whole = encodeHeader(sealToPublicKey(secp256k1.getPublicKey(ONE, true)).header)
    const offCurve = Buffer.from(whole).fill(0xff, 2, 34)
    for (const bytes of [new Uint8Array(0), Uint8Array.of(3), whole.subarray(0, 49), offCurve, Uint8Array.of(1, 2)]) {
      expect(decodeHeader(bytes)).toBeUndefined()
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeHeader(bytes)))
  })
})

describe('whether a key fits', () => {
  test('is known of what was sealed here', () => {
    const { header, key } = sealToPublicKey(secp256k1.getPublicKey(ONE, true))
    if (header.version !== 2) throw new Error('version 2 expected')
    expect(keyFits(header, key)).toBe(true)
    expect(keyFits(header, eciesKey(ONE, header.ephemeralPublicKey))).toBe(true)
    expect(keyFits(header, eciesKey(TWO, header.ephemeralPublicKey))).toBe(false)
  })

  test('is not known of version 1 and of other writers', () => {
    const ephemeralPublicKey = secp256k1.getPublicKey(TWO, true)
    expect(keyFits({ version: 2, ephemeralPublicKey, nonce: NONCE }, KEY)).toBeUndefined()
    expect(keyFits(sealWithKey(KEY).header, KEY)).toBeUndefined()
  })

  test('no two sealings share a key or a nonce', () => {
    const to = secp256k1.getPublicKey(ONE, true)
    const [a, b] = [sealToPublicKey(to), sealToPublicKey(to)]
    expect(a.key).not.toEqual(b.key)
    expect(a.header.nonce).not.toEqual(b.header.nonce)
  })
})

test('a public key in its three forms, and what is none', () => {
  const long = secp256k1.getPublicKey(ONE, false)
  const short = secp256k1.getPublicKey(ONE, true)
  for (const form of [short, long, long.subarray(1)]) expect(compressedPublicKey(form)).toEqual(short)
  for (const form of [new Uint8Array(33), new Uint8Array(20), new Uint8Array(64)]) {
    expect(compressedPublicKey(form)).toBeUndefined()
  }
})

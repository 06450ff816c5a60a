import { gcm } from '@noble/ciphers/aes.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOfPrivateKey, type Hex, toHex } from '../ecdsa.ts'
import { type AgentManifest, decodeAgentManifest, encodeAgentManifest } from './agent-manifest.ts'
import { decodeDataDescription, encodeDataDescription } from './data-description.ts'
import { BLOB_OVERHEAD_BYTES, decryptBlob, encryptBlob } from './encrypted-blob.ts'
import { openSealedKey, sealKey } from './sealed-key.ts'
import { accessSigner, ownershipSigner, signAccessProof, signOwnershipProof } from './transfer-proof.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength }).map(toHex)
const root = hex(32)
const privateKey = bytes(32).filter((key) => secp256k1.utils.isValidSecretKey(key))

/** Position and a difference that is never zero: always one really changed byte. */
const flip = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) })
function flipped(data: Uint8Array, { at, by }: { at: number; by: number }): Uint8Array {
  const copy = Uint8Array.from(data)
  const i = at % copy.length
  copy[i] = (copy[i] ?? 0) ^ by
  return copy
}
const flippedHex = (data: Hex, change: { at: number; by: number }): Hex =>
  toHex(flipped(Uint8Array.from(Buffer.from(data.slice(2), 'hex')), change))

const agentFile = fc.record({
  path: fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,2}$/),
  root,
  sizeBytes: fc.nat(),
  sha256: root.map((value) => value.slice(2)),
})
const manifest: fc.Arbitrary<AgentManifest> = fc.record({
  schema: fc.constant('og-agent' as const),
  version: fc.constant(1 as const),
  name: fc.string({ minLength: 1, unit: 'grapheme' }),
  model: fc.record({ name: fc.string({ minLength: 1 }), root: fc.option(root) }),
  persona: fc.option(agentFile),
  memory: fc.array(agentFile, { maxLength: 4 }),
  encryption: fc.constant({
    cipher: 'AES-256-GCM' as const,
    layout: 'nonce12-ciphertext-tag16' as const,
    nonce: 'hkdf-sha256' as const,
  }),
  createdAt: fc.constant('2026-01-01T00:00:00.000Z'),
})

describe('blob', () => {
  test('opens to the plaintext, is deterministic, and agrees with a second AES-GCM', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), bytes(32), async (plaintext, key) => {
        const blob = await encryptBlob(plaintext, key)
        expect(blob.length).toBe(plaintext.length + BLOB_OVERHEAD_BYTES)
        expect(await encryptBlob(plaintext, key)).toEqual(blob)
        expect(await decryptBlob(blob, key)).toEqual(plaintext)
        expect(gcm(key, blob.subarray(0, 12)).decrypt(blob.subarray(12))).toEqual(plaintext)
      }),
    )
  })

  test('no flipped byte of blob or key goes unnoticed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), bytes(32), flip, async (plaintext, key, change) => {
        const blob = await encryptBlob(plaintext, key)
        expect(await decryptBlob(flipped(blob, change), key)).toBeUndefined()
        expect(await decryptBlob(blob, flipped(key, change))).toBeUndefined()
        expect(await decryptBlob(blob.subarray(0, change.at % blob.length), key)).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test('different plaintexts never share a nonce under one key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), bytes(32), async (a, b, key) => {
        fc.pre(toHex(a) !== toHex(b))
        const [first, second] = [await encryptBlob(a, key), await encryptBlob(b, key)]
        expect(first.subarray(0, 12)).not.toEqual(second.subarray(0, 12))
      }),
    )
  })
})

describe('sealed key', () => {
  test('only the receiver opens it, and no flipped byte goes unnoticed', () => {
    fc.assert(
      fc.property(bytes(32), privateKey, privateKey, flip, (secret, receiver, other, change) => {
        fc.pre(toHex(receiver) !== toHex(other))
        const sealed = sealKey(secret, secp256k1.getPublicKey(receiver, true))
        expect(openSealedKey(sealed, receiver)).toEqual(secret)
        expect(openSealedKey(sealed, other)).toBeUndefined()
        expect(openSealedKey(flipped(sealed, change), receiver)).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })
})

describe('transfer proofs', () => {
  test('a flipped byte in any bound field loses the signer', () => {
    fc.assert(
      fc.property(
        root,
        hex(64),
        hex(1, 48),
        hex(129),
        privateKey,
        flip,
        (dataHash, targetPubkey, nonce, sealedKey, key, change) => {
          const signer = addressOfPrivateKey(toHex(key))
          const access = signAccessProof({ dataHash, targetPubkey, nonce }, toHex(key))
          const ownership = signOwnershipProof({ dataHash, sealedKey, targetPubkey, nonce }, toHex(key))
          expect(accessSigner(access)).toBe(signer)
          expect(ownershipSigner(ownership)).toBe(signer)
          for (const field of ['dataHash', 'targetPubkey', 'nonce', 'proof'] as const) {
            expect(accessSigner({ ...access, [field]: flippedHex(access[field], change) })).not.toBe(signer)
            expect(ownershipSigner({ ...ownership, [field]: flippedHex(ownership[field], change) })).not.toBe(signer)
          }
          expect(ownershipSigner({ ...ownership, sealedKey: flippedHex(sealedKey, change) })).not.toBe(signer)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('manifest', () => {
  test('survives its byte form, which does not depend on key order', () => {
    fc.assert(
      fc.property(manifest, (value) => {
        const encoded = encodeAgentManifest(value)
        expect(decodeAgentManifest(encoded)).toEqual(value)
        const reordered = Object.fromEntries(Object.entries(value).reverse()) as AgentManifest
        expect(encodeAgentManifest(reordered)).toEqual(encoded)
      }),
    )
  })

  test.each([
    ['a path that climbs out', { path: '../x' }],
    ['an absolute path', { path: '/etc/x' }],
    ['a short root', { root: '0x11' }],
    ['a negative size', { sizeBytes: -1 }],
  ])('%s is refused', (_, change) => {
    const [file] = fc.sample(agentFile, 1)
    const [value] = fc.sample(manifest, 1)
    const broken = { ...value, memory: [{ ...file, ...change }] } as AgentManifest
    expect(decodeAgentManifest(encodeAgentManifest(broken))).toBeUndefined()
  })

  test('bytes that are no manifest of this version are refused', () => {
    const [value] = fc.sample(manifest, 1)
    expect(decodeAgentManifest(encodeAgentManifest({ ...value, version: 2 } as never))).toBeUndefined()
    expect(decodeAgentManifest(Uint8Array.of(0xff, 0xfe))).toBeUndefined()
    expect(decodeAgentManifest(new TextEncoder().encode('[]'))).toBeUndefined()
  })
})

describe('data description', () => {
  test('survives its text, whatever the key order of the writer', () => {
    const text = encodeDataDescription({
      role: 'manifest',
      encryption: 'AES-GCM-256',
      storage: { indexer: 'http://127.0.0.1:12345', root: `0x${'ab'.repeat(32)}`, sizeBytes: 90 },
      extra: { name: 'scout' },
    })
    expect(text).toBe(
      `{"encryption":"AES-GCM-256","extra":{"name":"scout"},"role":"manifest","storage_ptr":{"indexer":"http://127.0.0.1:12345","root_hash":"0x${'ab'.repeat(32)}","size":90}}`,
    )
    expect(encodeDataDescription(decodeDataDescription(text))).toBe(text)
    expect(decodeDataDescription('zerog://somewhere')).toEqual({ role: 'zerog://somewhere', extra: {} })
  })
})

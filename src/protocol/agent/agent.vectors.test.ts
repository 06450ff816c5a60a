import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { addressOfPrivateKey, fromHex, type Hex, toHex } from '../ecdsa.ts'
import { decryptBlob, encryptBlob } from './encrypted-blob.ts'
import { contractPublicKey, openSealedKey, SEALED_KEY_BYTES, sealKey, sharedKey } from './sealed-key.ts'
import {
  accessHash,
  accessSigner,
  addressOfContractKey,
  nonceKey,
  ownershipHash,
  ownershipSigner,
  signAccessProof,
  signOwnershipProof,
  textDigest,
} from './transfer-proof.ts'

/** The public development keys of accounts 0 and 1, and the vectors of the 0G agent spec §6.1 to §6.3. */
const K0 = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const K1 = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const K1_PUBLIC: Hex =
  '0xba5734d8f7091719471e7f7ed6b9df170dc70cc661ca05e688601ad984f068b0d67351e5f06073092499336ab0839ef8a521afd334e53807205fa2f08eec74f4'
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)
const SEALED_KEY: Hex =
  '0x0424653eac434488002cc06bbfb7f10fe18991e35f9fe4302dbea6d2353dc0ab1c119fc5009a032aa9fe47f5e149bb8442f71f884ccb516590686d8ff6ab91c613101112131415161718191a1b1c1d1e1f5e289b5677af24963aa09f17b4e60b3ad5f134e7da6949fa8ec87c55aae7e1ab82d323f7594856a66fadae14175ed4cb'

describe('§6.1 AES-GCM blob', () => {
  const plaintext = utf8ToBytes('{"name":"demo","schema_version":1}')
  const blob: Hex =
    '0x000102030405060708090a0b3c20b87aa880e021af25f2e6decb544ff0b5ef519d1a000a5d1596ec72072288306d7d8c05f75a2f5d5251df5f79057eed36'

  test('encrypts to the known bytes and opens again', async () => {
    expect(toHex(await encryptBlob(plaintext, DATA_KEY, DATA_KEY.subarray(0, 12)))).toBe(blob)
    expect(await decryptBlob(fromHex(blob), DATA_KEY)).toEqual(plaintext)
  })

  test('a blob of one chunk has the padded keccak as its root', () => {
    const chunk = new Uint8Array(256)
    chunk.set(fromHex(blob))
    expect(toHex(keccak_256(chunk))).toBe('0xcb3431af0d66bd9388df171d3489b2423cdb173eed7984a12491b22c19b1ac93')
  })
})

describe('§6.2 sealed key', () => {
  const ephemeralKey = new Uint8Array(32).fill(0x42)
  const nonce = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i)

  test('derives the known symmetric key', () => {
    const point = secp256k1.getPublicKey(ephemeralKey, false)
    const shared = secp256k1.getSharedSecret(ephemeralKey, secp256k1.getPublicKey(fromHex(K1), false), false)
    expect(toHex(sharedKey(point, shared))).toBe('0xe59d55d60a3b990eb22d0164a9dc1fec568f7188e0c5d1f0d45f7b06cebcf198')
  })

  test('seals to the known 129 bytes, which only the receiver opens', () => {
    expect(toHex(sealKey(DATA_KEY, fromHex(K1_PUBLIC), { ephemeralKey, nonce }))).toBe(SEALED_KEY)
    expect(fromHex(SEALED_KEY)).toHaveLength(SEALED_KEY_BYTES)
    expect(openSealedKey(fromHex(SEALED_KEY), fromHex(K1))).toEqual(DATA_KEY)
    expect(openSealedKey(fromHex(SEALED_KEY), fromHex(K0))).toBeUndefined()
  })

  test('the contract form of a public key controls the account', () => {
    expect(toHex(contractPublicKey(fromHex(K1)))).toBe(K1_PUBLIC)
    expect(addressOfContractKey(fromHex(K1_PUBLIC))).toBe(addressOfPrivateKey(K1).toLowerCase())
  })
})

describe('§6.3 transfer proof', () => {
  const dataHash: Hex = `0x${'11'.repeat(32)}`
  const access = { dataHash, targetPubkey: '0x' as Hex, nonce: `0x${'aa'.repeat(32)}` as Hex }
  const ownership = { dataHash, sealedKey: SEALED_KEY, targetPubkey: K1_PUBLIC, nonce: `0x${'bb'.repeat(32)}` as Hex }

  test('access proof', () => {
    expect(accessHash(access)).toBe('0x78ebe20a005a5610ffd12bb10b985d39707041327636917519e78094d3341e2a')
    expect(toHex(textDigest(accessHash(access)))).toBe(
      '0xda0973d28785608cba6aee426483ef1bf371117c23494a4dde6a09102d0a1c00',
    )
    const signed = signAccessProof(access, K1)
    expect(signed.proof).toBe(
      '0xca71b1d5cd5d279c364fc1aaeb5f7bd7f563828107f76da30d5e86e6ce06ef0b75f0528216fdc2a5e35f38991c452729ce0dfb19c6eb7a745280437bc8a92af01c',
    )
    expect(accessSigner(signed)).toBe(addressOfPrivateKey(K1))
  })

  test('access proof for a key of the receiver’s choice', () => {
    const custom = { ...access, targetPubkey: K1_PUBLIC }
    expect(accessHash(custom)).toBe('0xbf7139580a4606ca651d936385af7a31257cfb8ae0390e514879661d55656ccf')
    expect(toHex(textDigest(accessHash(custom)))).toBe(
      '0xbb2f6d690b3b7d1c1f09df73a15548cd539d7bc187b10dc422524560938e1fd7',
    )
    expect(signAccessProof(custom, K1).proof).toBe(
      '0x64ae34c5469bad18a942060355927a3a97ce8dae8e225cde91a3efdf3e6a5fea58b881f599b3b96879f4be2508f58115b5f3599f493b6a5cacd7693f0f41c88e1c',
    )
  })

  test('ownership proof', () => {
    expect(ownershipHash(ownership)).toBe('0x6a50ab28f23a3321a160e3c1e9b3fa22b963e15d8cc509ceed0b2df350fc75b1')
    expect(toHex(textDigest(ownershipHash(ownership)))).toBe(
      '0x0b3fdb04de42d103e1bad977887392a5d8652a2582980a409af09aed187fb618',
    )
    const signed = signOwnershipProof(ownership, K0)
    expect(signed.oracleType).toBe(0)
    expect(signed.proof).toBe(
      '0x8daa025318b2bb25b05ac5bc0e983b2c622ed5e686d5486f286e6419b0ff54ac1968fec15f4a1f719db2b1616bf13f15073ba6c04fdb769e864bfe479f90b76c1c',
    )
    expect(ownershipSigner(signed)).toBe(addressOfPrivateKey(K0))
  })

  test('nonce keys', () => {
    const contract = '0x2279B7A0a67DB372996a5FaB50D91eAA73d2eBe6'
    expect(nonceKey(access.nonce, contract)).toBe('0x0d023d20dc3b8d1573bfb22b26d5568e306ed70b77869a737d633017969801ab')
    expect(nonceKey(ownership.nonce, contract)).toBe(
      '0xd5663154ade11492850f64dc6a6da58926d2d4abab147002fc03af4999a7b8e3',
    )
  })
})

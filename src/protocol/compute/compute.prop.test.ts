import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../canonical-json.ts'
import { addressOfPrivateKey, fromHex, type Hex, keccak256, recoverDigestSigner, signDigest, toHex } from '../ecdsa.ts'
import { chatFee } from './fee.ts'
import { encodeReceiptBody, isReceipt, type ReceiptBody, receiptId, sealReceipt } from './receipt.ts'
import { isRefusal, parseAuthorization, refuseSession, signSessionToken } from './session-token.ts'
import { nextSettlementNonce } from './settlement.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (length: number): fc.Arbitrary<Hex> => bytes(length).map(toHex)
const key = fc.bigInt({ min: 1n, max: 2n ** 255n }).map((n): Hex => `0x${n.toString(16).padStart(64, '0')}`)
const wei = fc.bigInt({ min: 0n, max: 10n ** 30n })
const count = fc.nat({ max: 1_000_000 })

const receiptBody: fc.Arbitrary<ReceiptBody> = fc.record({
  version: fc.constant(1 as const),
  chainId: count,
  contract: hex(20),
  provider: hex(20),
  teeSigner: hex(20),
  teeSimulated: fc.boolean(),
  model: fc.string(),
  modelRoot: fc.option(hex(32)),
  user: hex(20),
  session: fc.record({ tokenId: fc.nat({ max: 255 }), nonce: fc.string() }),
  chatId: fc.uuid(),
  requestHash: hex(32).map((h) => h.slice(2)),
  responseHash: hex(32).map((h) => h.slice(2)),
  signature: hex(65),
  usage: fc.record({ promptTokens: count, completionTokens: count, cachedTokens: count }),
  price: fc.record({ inputPriceWei: wei.map(String), outputPriceWei: wei.map(String) }),
  feeWei: wei.map(String),
  blockNumber: count,
  createdAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
})

describe('signatures', () => {
  test('recover to the key that made them', () => {
    fc.assert(
      fc.property(key, fc.uint8Array(), (privateKey, message) => {
        const digest = keccak256(message)
        const signature = fromHex(signDigest(digest, privateKey))
        expect(signature).toHaveLength(65)
        expect(recoverDigestSigner(digest, signature)).toBe(addressOfPrivateKey(privateKey))
      }),
      { numRuns: 25 },
    )
  })

  test('a session round-trips, and one changed byte of its header never passes as another session', () => {
    fc.assert(
      fc.property(
        key,
        fc.string(),
        fc.nat(),
        fc.nat({ max: 254 }),
        fc.nat(),
        (privateKey, nonce, generation, tokenId, at) => {
          const provider = `0x${'ab'.repeat(20)}`
          const token = {
            address: addressOfPrivateKey(privateKey),
            provider,
            timestamp: 1,
            expiresAt: 0,
            nonce,
            generation,
            tokenId,
          }
          const header = signSessionToken(token, privateKey)
          const context = { provider, nowMs: 2, account: { generation: BigInt(generation), revokedBitmap: 0n } }
          const parsed = parseAuthorization(header)
          expect(isRefusal(parsed) || refuseSession(parsed, context)).toBeUndefined()

          const start = 'Bearer app-sk-'.length
          const index = start + (at % (header.length - start))
          const changed = `${header.slice(0, index)}${header[index] === 'A' ? 'B' : 'A'}${header.slice(index + 1)}`
          const reparsed = parseAuthorization(changed)
          if (!isRefusal(reparsed) && refuseSession(reparsed, context) === undefined)
            expect(reparsed.token).toEqual(token)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('receipts', () => {
  test('survive JSON and keep their id', () => {
    fc.assert(
      fc.property(receiptBody, (body) => {
        const receipt = sealReceipt(body, { request: 'q', response: 'a' })
        const copy: unknown = JSON.parse(JSON.stringify(receipt))
        expect(isReceipt(copy)).toBe(true)
        if (isReceipt(copy)) expect(receiptId(copy)).toBe(receipt.id)
        expect(receiptId({ ...receipt, settlementNonce: '1' } as ReceiptBody)).toBe(receipt.id)
      }),
    )
  })

  test('every bound value is in the id', () => {
    fc.assert(
      fc.property(receiptBody, receiptBody, (a, b) => {
        for (const field of Object.keys(a) as (keyof ReceiptBody)[]) {
          if (canonicalJson(a[field]) === canonicalJson(b[field])) continue
          expect(receiptId({ ...a, [field]: b[field] })).not.toBe(receiptId(a))
        }
      }),
      { numRuns: 30 },
    )
  })

  test('the canonical text does not depend on key order', () => {
    fc.assert(
      fc.property(receiptBody, (body) => {
        const reversed = Object.fromEntries(Object.entries(body).reverse()) as ReceiptBody
        expect(encodeReceiptBody(reversed)).toBe(encodeReceiptBody(body))
      }),
    )
  })

  test('a receipt that lost a field is not one', () => {
    fc.assert(
      fc.property(receiptBody, fc.nat(), (body, at) => {
        const receipt: Record<string, unknown> = { ...sealReceipt(body) }
        const fields = Object.keys(receipt)
        delete receipt[fields[at % fields.length] ?? 'id']
        expect(isReceipt(receipt)).toBe(false)
      }),
    )
  })
})

test('fees add up and never fall when usage or price grows', () => {
  fc.assert(
    fc.property(
      count,
      count,
      count,
      wei,
      wei,
      (promptTokens, completionTokens, cachedTokens, inputPriceWei, outputPriceWei) => {
        const usage = { promptTokens, completionTokens, cachedTokens }
        const fee = chatFee(usage, { inputPriceWei, outputPriceWei, cacheDivisor: 4 })
        expect(fee.feeWei).toBe(fee.inputFeeWei + fee.outputFeeWei)
        expect(fee.feeWei).toBeLessThanOrEqual(chatFee(usage, { inputPriceWei, outputPriceWei }).feeWei)
        const more = chatFee(
          { ...usage, completionTokens: completionTokens + 1 },
          { inputPriceWei, outputPriceWei, cacheDivisor: 4 },
        )
        expect(more.feeWei - fee.feeWei).toBe(outputPriceWei)
      },
    ),
  )
})

test('settlement nonces strictly increase whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2_000_000_000_000 })), (clock) => {
      let last = 0n
      for (const nowMs of clock) {
        const nonce = nextSettlementNonce(nowMs, last)
        expect(nonce).toBeGreaterThan(last)
        last = nonce
      }
    }),
  )
})

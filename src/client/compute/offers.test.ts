import { describe, expect, test } from 'vitest'
import { chooseOffer, type Offer, offerOf } from './offers.ts'
import type { OnChainService } from './serving.ts'

const service = (change: Partial<OnChainService> = {}): OnChainService => ({
  provider: `0x${'11'.repeat(20)}`,
  serviceType: 'chatbot',
  url: 'http://127.0.0.1:1/',
  inputPrice: 5n,
  outputPrice: 7n,
  updatedAt: 1_767_225_600n,
  model: 'og-tiny',
  verifiability: 'TeeML',
  additionalInfo: '',
  teeSignerAddress: `0x${'22'.repeat(20)}`,
  teeSignerAcknowledged: true,
  ...change,
})
const offer = (change: Partial<OnChainService>): Offer => offerOf(service(change))

describe('offerOf', () => {
  test('reads root, tiers and simulation from the additional information', () => {
    const root = `0x${'ab'.repeat(32)}`
    const tiers = [{ maxInputTokens: 0, inputMultiplier: 2, outputMultiplier: 2 }]
    const additionalInfo = JSON.stringify({
      ModelRoot: root,
      TEESimulated: true,
      tieredPricing: { tiers },
      cacheTokenBilling: { divisor: 4 },
    })
    expect(offer({ additionalInfo })).toMatchObject({
      modelRoot: root,
      teeSimulated: true,
      url: 'http://127.0.0.1:1',
      updatedAt: '2026-01-01T00:00:00.000Z',
      pricing: { inputPriceWei: 5n, outputPriceWei: 7n, tiers, cacheDivisor: 4 },
    })
  })

  test('takes nothing from information that is not JSON or names no root', () => {
    for (const additionalInfo of ['', 'not json', '[]', '{"ModelRoot":"0x12"}']) {
      expect(offer({ additionalInfo })).toMatchObject({ modelRoot: null, teeSimulated: false })
    }
  })
})

describe('chooseOffer', () => {
  const cheap = offer({ provider: `0x${'33'.repeat(20)}`, inputPrice: 1n })
  const dear = offer({})
  test('takes the first of a model, or the provider named in any letter case', () => {
    expect(chooseOffer([cheap, dear], 'og-tiny')).toBe(cheap)
    expect(chooseOffer([cheap, dear], 'og-tiny', dear.provider.toUpperCase().replace('0X', '0x'))).toBe(dear)
  })
  test('suggests a near name, else lists what there is', () => {
    expect(() => chooseOffer([cheap], 'og-tinny')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_MODEL', hint: 'did you mean og-tiny?' }),
    )
    expect(() => chooseOffer([cheap], 'llama-70b')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('og-tiny') as string }),
    )
    expect(() => chooseOffer([], 'og-tiny')).toThrow(expect.objectContaining({ code: 'UNKNOWN_MODEL' }))
  })
  test('knows when the provider has another model', () => {
    expect(() => chooseOffer([cheap], 'og-tiny', dear.provider)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_PROVIDER' }),
    )
  })
  test('leaves out what is not a chat model', () => {
    expect(() => chooseOffer([offer({ serviceType: 'text-to-image' })], 'og-tiny')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_MODEL' }),
    )
  })
})

import * as fc from 'fast-check'
import * as HdKey from 'ox/HdKey'
import * as Mnemonic from 'ox/Mnemonic'
import { expect, test } from 'vitest'
import { walletFromMnemonic } from './wallet.ts'

test('derives what another implementation derives, for any mnemonic and index', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (index) => {
      const mnemonic = Mnemonic.random(Mnemonic.english)
      const expected = Mnemonic.toHdKey(mnemonic).derive(HdKey.path({ index })).privateKey
      expect(walletFromMnemonic(mnemonic, index).privateKey).toBe(expected)
    }),
    { numRuns: 10 },
  )
})

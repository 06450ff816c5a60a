import * as fc from 'fast-check'
import * as AbiParameters from 'ox/AbiParameters'
import { expect, test } from 'vitest'
import { CONTRACT_NAMES, contractAbi } from '../../contracts/abi.ts'
import { isOgError } from '../../errors/og-error.ts'
import { namedItems, selectorOf } from './abi-of.ts'
import { decodeBytes } from './decode.ts'

const SELECTORS = CONTRACT_NAMES.flatMap((name) =>
  namedItems(contractAbi(name))
    .filter(({ type }) => type !== 'event')
    .map(selectorOf),
)

test('whatever bytes are given, the answer is readings or an error of the catalogue', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString('hex'))
  const input = fc.oneof(
    bytes.map((hex) => `0x${hex}`),
    fc.tuple(fc.constantFrom(...SELECTORS), bytes).map(([selector, hex]) => selector + hex),
    fc.constantFrom('f8', 'c0', '01', '02', '03', '04').chain((type) => bytes.map((hex) => `0x${type}${hex}`)),
    fc.json(),
    fc.string(),
  )
  await fc.assert(
    fc.property(input, (text) => {
      try {
        expect(decodeBytes(text, undefined).length).toBeGreaterThan(0)
      } catch (error) {
        expect(isOgError(error)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

test('an encoded transfer is read back', async () => {
  await fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      (to, amount) => {
        const address = `0x${Buffer.from(to).toString('hex')}` as const
        const data = AbiParameters.encode(AbiParameters.from('address, uint256'), [address, amount])
        expect(decodeBytes(`0xa9059cbb${data.slice(2)}`, undefined)).toMatchObject([
          { name: 'transfer', args: [{ value: address }, { value: amount }] },
        ])
      },
    ),
  )
})

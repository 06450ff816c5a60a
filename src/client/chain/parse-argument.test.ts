import { describe, expect, test } from 'vitest'
import { accounts, testProfile } from '../../../test/helpers/test-chain.ts'
import { type AbiParameter, parseArgument } from './parse-argument.ts'

const profile = testProfile('http://127.0.0.1:1', '/tmp')
const bob = accounts[2]?.address
const parse = (parameter: string | AbiParameter, text: string) =>
  parseArgument(profile, typeof parameter === 'string' ? { type: parameter } : parameter, text)

const PAIR: AbiParameter = {
  type: 'tuple[]',
  components: [
    { type: 'address', name: 'to' },
    { type: 'uint256', name: 'amount' },
  ],
}

describe('arguments', () => {
  test.each<[string | AbiParameter, string, unknown]>([
    ['uint256', '5', 5n],
    ['uint256', '0x10', 16n],
    ['uint256', '1_000', 1000n],
    ['uint256', '1.5 0G', 15n * 10n ** 17n],
    ['int8', '-5', -5n],
    ['address', 'bob', bob],
    ['bool', 'true', true],
    ['bool', 'false', false],
    ['string', '5', '5'],
    ['bytes', '0x', '0x'],
    ['bytes4', '0xDEADBEEF', '0xdeadbeef'],
    ['uint256[]', '[1,"2",340282366920938463463374607431768211456]', [1n, 2n, 2n ** 128n]],
    ['address[2]', '["bob","2"]', [bob, bob]],
    ['string[][]', '[["a"],[]]', [['a'], []]],
    ['string[]', '["1234567890123456789012"]', ['1234567890123456789012']],
    [PAIR, '[["bob",7]]', [{ to: bob, amount: 7n }]],
    [PAIR, '[{"amount":"8","to":"bob"}]', [{ to: bob, amount: 8n }]],
  ])('%j from %s', (parameter, text, value) => {
    expect(parse(parameter, text)).toEqual(value)
  })

  test.each<[string | AbiParameter, string]>([
    ['uint256', ''],
    ['uint256', 'five'],
    ['uint256', '1.5'],
    ['bool', 'yes'],
    ['bytes4', '0xdead'],
    ['bytes', 'text'],
    ['uint256[]', '5'],
    ['uint256[2]', '[1]'],
    ['uint256[]', '[1'],
    [PAIR, '[["bob"]]'],
    [PAIR, '[{"to":"bob"}]'],
  ])('%j not from %j', (parameter, text) => {
    expect(() => parse(parameter, text)).toThrowError(expect.objectContaining({ code: 'VALUE_INVALID' }))
  })
})

import { type Abi, encodeFunctionData, type Hex, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import { consoleLine } from './console-log.ts'

const abi = parseAbi([
  'function log()',
  'function log(string)',
  'function log(string,uint256)',
  'function log(uint256,bool,address,string)',
  'function log(int256)',
  'function log(bytes4)',
])
const data = (signature: number, ...args: unknown[]): Hex =>
  encodeFunctionData({ abi: [abi[signature]] as Abi, functionName: 'log', args })

test.each<[Hex, string]>([
  [data(0), ''],
  [data(1, 'hello'), 'hello'],
  [data(2, 'is %d of 10', 7n), 'is 7 of 10'],
  [data(2, 'count', 7n), 'count 7'],
  [data(3, 1n, true, `0x${'ab'.repeat(20)}`, 'x'), `1 true 0x${'ab'.repeat(20)} x`],
  [data(4, -5n), '-5'],
  [data(5, '0xdeadbeef'), '0xdeadbeef'],
])('%s', (call, line) => {
  expect(consoleLine(call)).toBe(line)
})

test('what is no call of the console is no line', () => {
  expect(consoleLine('0xa9059cbb')).toBeUndefined()
  expect(consoleLine(data(1, 'cut').slice(0, 70) as Hex)).toBeUndefined()
})

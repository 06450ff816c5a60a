import { describe, expect, test } from 'vitest'
import type { NetworkProfile } from '../profile.ts'
import { decodeBytes } from './decode.ts'

const word = (value: string) => value.padStart(64, '0')
const ALICE = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
/** alice sends bob 5 wei: legacy with EIP-155, signed by ethers */
const RAW =
  '0xf865808477359400825208943c44cdddb6a900fa2b585dd299e03d12fa4293bc058082f4f5a036797b92b5b005ab0cee94bceca2820fac50224f91a79b115679ee9b39987f80a04b60a52d35a24e43c466c8b5a86c9e0d775fef1e762d8ffeb088c0e81cf8422a'
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

const network: NetworkProfile = {
  name: 'test',
  chainId: 31337,
  rpc: '',
  contracts: {},
  abis: {
    Mine: [
      {
        type: 'function',
        name: 'transfer',
        inputs: [
          { type: 'address', name: 'a' },
          { type: 'uint256', name: 'b' },
        ],
      },
    ],
  },
  storage: { indexer: '' },
  stateDir: '',
  accounts: [{ index: 1, role: 'alice', address: ALICE }],
}

describe('offline decoding', () => {
  test.each<[string, string, object[]]>([
    ['a selector', '0xa9059cbb', [{ kind: 'function', sources: expect.arrayContaining(['ERC20']) }]],
    [
      'call data',
      `a9059cbb${word(ALICE.slice(2))}${word('5')}`,
      [{ kind: 'call', name: 'transfer', args: [{ value: ALICE }, { value: 5n }] }],
    ],
    [
      'a require',
      `0x08c379a0${word('20')}${word('2')}${'6e6f'.padEnd(64, '0')}`,
      [{ kind: 'error', name: 'Error', sentence: 'the contract refused: no' }],
    ],
    [
      'a panic',
      `0x4e487b71${word('11')}`,
      [{ kind: 'error', name: 'Panic', sentence: expect.stringContaining('overflowed') }],
    ],
    ['an error of the network', '0x54443ec4', [{ kind: 'error-selector' }]],
    ['a topic that two standards share', TRANSFER, [{ kind: 'event-topic' }, { kind: 'event-topic' }]],
    [
      'a log of one of them',
      JSON.stringify({ topics: [TRANSFER, `0x${word('1')}`, `0x${word(ALICE.slice(2))}`], data: `0x${word('7')}` }),
      [{ kind: 'event', sources: expect.arrayContaining(['ERC20']), args: [{}, { value: ALICE }, { value: 7n }] }],
    ],
    [
      'a log of the other',
      JSON.stringify({ topics: [TRANSFER, `0x${word('1')}`, `0x${word('2')}`, `0x${word('3')}`], data: '0x' }),
      [{ kind: 'event', sources: expect.arrayContaining(['ERC721']), args: [{}, {}, { name: 'tokenId', value: 3n }] }],
    ],
    [
      'a transaction',
      RAW,
      [{ kind: 'transaction', type: 'legacy', from: ALICE, valueWei: 5n, chainId: 31337, call: [] }],
    ],
  ])('%s', (_, bytes, readings) => {
    expect(decodeBytes(bytes, undefined)).toMatchObject(readings)
    expect(decodeBytes(bytes, undefined)).toHaveLength(readings.length)
  })

  test("labels and one's own names where there is a network", () => {
    const [reading] = decodeBytes(`0xa9059cbb${word(ALICE.slice(2))}${word('5')}`, network)
    expect(reading).toMatchObject({
      args: [{ name: 'a', label: 'alice' }, { name: 'b' }],
      sources: expect.arrayContaining(['Mine', 'ERC20']),
    })
  })

  test.each([
    ['0xdeadbeef', 'SELECTOR_UNKNOWN'],
    [`0x${'12'.repeat(32)}`, 'SELECTOR_UNKNOWN'],
    ['0x12', 'VALUE_INVALID'],
    ['transfer', 'VALUE_INVALID'],
    ['{"topics":1}', 'VALUE_INVALID'],
    ['{"topics":[]}', 'SELECTOR_UNKNOWN'],
  ])('%s is %s', (bytes, code) => {
    expect(() => decodeBytes(bytes, undefined)).toThrowError(expect.objectContaining({ code }))
  })
})

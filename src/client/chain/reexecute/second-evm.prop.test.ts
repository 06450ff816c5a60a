import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sender } from '../../../../test/helpers/block-samples.ts'
import { evmCode, join, type Opcode } from '../../../../test/helpers/evm-code.ts'
import { startTestChain, type TestChain } from '../../../../test/helpers/test-chain.ts'
import { replay } from '../replay.ts'
import type { Hex } from '../rpc.ts'

/**
 * Random programs, run by EDR in Rust and by ethereumjs in TypeScript: whatever they compute, log, store, create, revert or burn must come out
 * the same to the last gas. Each program is the code of a creation; one block holds a run of them.
 */
let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const UNARY = [
  'ISZERO',
  'NOT',
  'CALLDATALOAD',
  'BALANCE',
  'EXTCODESIZE',
  'EXTCODEHASH',
  'BLOCKHASH',
  'BLOBHASH',
  'SLOAD',
  'TLOAD',
] as const
const BINARY = [
  'ADD',
  'MUL',
  'SUB',
  'DIV',
  'SDIV',
  'MOD',
  'SMOD',
  'EXP',
  'SIGNEXTEND',
  'LT',
  'GT',
  'SLT',
  'SGT',
  'EQ',
  'AND',
  'OR',
  'XOR',
  'BYTE',
  'SHL',
  'SHR',
  'SAR',
] as const
const TERNARY = ['ADDMOD', 'MULMOD'] as const
const NULLARY = [
  'ADDRESS',
  'ORIGIN',
  'CALLER',
  'CALLVALUE',
  'CALLDATASIZE',
  'CODESIZE',
  'GASPRICE',
  'RETURNDATASIZE',
  'COINBASE',
  'TIMESTAMP',
  'NUMBER',
  'PREVRANDAO',
  'GASLIMIT',
  'CHAINID',
  'SELFBALANCE',
  'BASEFEE',
  'BLOBBASEFEE',
  'PC',
  'MSIZE',
  'GAS',
] as const

const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.constantFrom(2n ** 256n - 1n, 2n ** 255n, 2n ** 128n, 0xffffffffn),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
)
const small = fc.bigInt({ min: 0n, max: 200n })
const slot = fc.bigInt({ min: 0n, max: 5n })
const ops = <T extends readonly Opcode[]>(names: T) => fc.constantFrom(...names)

/** Pieces of code that leave the stack as it was, or hold one more value for the next piece to use. */
const piece: fc.Arbitrary<Hex> = fc.oneof(
  fc.tuple(number, number, ops(BINARY), slot).map(([a, b, op, at]) => evmCode(a, b, op, at, 'SSTORE')),
  fc.tuple(number, number, number, ops(TERNARY), small).map(([a, b, c, op, at]) => evmCode(a, b, c, op, at, 'MSTORE')),
  fc.tuple(number, ops(UNARY), small).map(([a, op, at]) => evmCode(a, op, at, 'MSTORE')),
  fc.tuple(ops(NULLARY), small).map(([op, at]) => evmCode(op, at, 'MSTORE')),
  fc.tuple(number, slot, ops(['SSTORE', 'TSTORE'])).map(([value, at, op]) => evmCode(value, at, op)),
  fc.tuple(slot, slot).map(([from, to]) => evmCode(from, 'SLOAD', to, 'SSTORE')),
  fc.tuple(small, small, small).map(([to, from, size]) => evmCode(size, from, to, 'MCOPY')),
  fc.tuple(small, small, small).map(([to, from, size]) => evmCode(size, from, to, 'CODECOPY')),
  fc.tuple(small, small, slot).map(([from, size, at]) => evmCode(size, from, 'KECCAK256', at, 'SSTORE')),
  fc.tuple(small, small, number).map(([from, size, topic]) => evmCode(topic, size, from, 'LOG1')),
  fc.tuple(small, small).map(([from, size]) => evmCode(size, from, 0, 'CREATE', 0, 'MSTORE')),
  fc.tuple(small, small, number).map(([from, size, salt]) => evmCode(salt, size, from, 0, 'CREATE2', 0, 'MSTORE')),
  fc
    .tuple(fc.bigInt({ min: 1n, max: 9n }), small, small)
    .map(([to, from, size]) => evmCode(64, 0, size, from, to, 'GAS', 'STATICCALL', 32, 'MSTORE')),
  fc.tuple(number, small).map(([to, gas]) => evmCode(0, 0, 0, 0, 1, to, gas, 'CALL', 'POP')),
)
const ending = fc.constantFrom(
  evmCode('STOP'),
  evmCode(32, 0, 'RETURN'),
  evmCode(32, 0, 'REVERT'),
  evmCode('CALLER', 'SELFDESTRUCT'),
  evmCode('INVALID'),
)
const program = fc
  .tuple(fc.array(piece, { maxLength: 12 }), ending, fc.bigInt({ min: 90_000n, max: 900_000n }), fc.boolean())
  .map(([pieces, end, gas, isPaid]) => ({ data: join(...pieces, end), gas, value: isPaid ? 9n : 0n }))

test('random programs end the same in both', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(program, { minLength: 12, maxLength: 20 }), async (programs) => {
      const { rpc, profile } = chain
      await rpc.request('evm_setAutomine', [false])
      const send = await sender(rpc)
      for (const tx of programs) await send(tx)
      await rpc.request('evm_mine')
      const { blocks, transactions } = await replay('latest', { profile })
      expect(blocks.map(({ problem }) => problem)).toEqual([null])
      expect(transactions).toBe(programs.length)
    }),
    { seed: 20261122, numRuns: 8 },
  )
})

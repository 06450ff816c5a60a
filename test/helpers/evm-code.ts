import type { Hex } from '../../src/client/chain/rpc.ts'

// biome-ignore format: a table
const OPCODES = {
  STOP: 0x00, ADD: 0x01, MUL: 0x02, SUB: 0x03, DIV: 0x04, SDIV: 0x05, MOD: 0x06, SMOD: 0x07, ADDMOD: 0x08, MULMOD: 0x09,
  EXP: 0x0a, SIGNEXTEND: 0x0b, LT: 0x10, GT: 0x11, SLT: 0x12, SGT: 0x13, EQ: 0x14, ISZERO: 0x15, AND: 0x16, OR: 0x17,
  XOR: 0x18, NOT: 0x19, BYTE: 0x1a, SHL: 0x1b, SHR: 0x1c, SAR: 0x1d, KECCAK256: 0x20, ADDRESS: 0x30, BALANCE: 0x31,
  ORIGIN: 0x32, CALLER: 0x33, CALLVALUE: 0x34, CALLDATALOAD: 0x35, CALLDATASIZE: 0x36, CALLDATACOPY: 0x37, CODESIZE: 0x38,
  CODECOPY: 0x39, GASPRICE: 0x3a, EXTCODESIZE: 0x3b, EXTCODECOPY: 0x3c, RETURNDATASIZE: 0x3d, RETURNDATACOPY: 0x3e,
  EXTCODEHASH: 0x3f, BLOCKHASH: 0x40, COINBASE: 0x41, TIMESTAMP: 0x42, NUMBER: 0x43, PREVRANDAO: 0x44, GASLIMIT: 0x45,
  CHAINID: 0x46, SELFBALANCE: 0x47, BASEFEE: 0x48, BLOBHASH: 0x49, BLOBBASEFEE: 0x4a, POP: 0x50, MLOAD: 0x51, MSTORE: 0x52,
  MSTORE8: 0x53, SLOAD: 0x54, SSTORE: 0x55, JUMP: 0x56, JUMPI: 0x57, PC: 0x58, MSIZE: 0x59, GAS: 0x5a, JUMPDEST: 0x5b,
  TLOAD: 0x5c, TSTORE: 0x5d, MCOPY: 0x5e, DUP1: 0x80, DUP2: 0x81, DUP3: 0x82, SWAP1: 0x90, SWAP2: 0x91, LOG0: 0xa0,
  LOG1: 0xa1, LOG2: 0xa2, CREATE: 0xf0, CALL: 0xf1, RETURN: 0xf3, DELEGATECALL: 0xf4, CREATE2: 0xf5, STATICCALL: 0xfa,
  REVERT: 0xfd, INVALID: 0xfe, SELFDESTRUCT: 0xff,
} as const

export type Opcode = keyof typeof OPCODES

/** Assembles EVM code: names are opcodes, numbers are pushed, and so is the hex of a string that begins with 0x. */
export function evmCode(...parts: readonly (Opcode | number | bigint | Hex)[]): Hex {
  return `0x${parts.map(encode).join('')}`
}

function encode(part: Opcode | number | bigint | Hex): string {
  if (typeof part === 'string' && !part.startsWith('0x')) return byte(OPCODES[part as Opcode])
  const digits = typeof part === 'string' ? part.slice(2) : BigInt(part).toString(16)
  if (digits === '0') return '5f'
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  if (even.length > 64) throw new RangeError('a push holds 32 bytes')
  return byte(0x5f + even.length / 2) + even
}

const byte = (value: number) => value.toString(16).padStart(2, '0')

/** Code that puts bytes into memory from offset 0 on. */
export function storeInMemory(bytes: Hex): Hex {
  const words = bytes.slice(2).match(/.{1,64}/g) ?? []
  return join(...words.map((word, at) => evmCode(`0x${word.padEnd(64, '0')}`, at * 32, 'MSTORE')))
}

/** Pieces of code one after the other. */
export function join(...codes: readonly Hex[]): Hex {
  return `0x${codes.map((code) => code.slice(2)).join('')}`
}

/** Code that creates a contract with `runtime` as its code, to be sent as a creation or given to CREATE. */
export function deploying(runtime: Hex): Hex {
  const sizeBytes = (runtime.length - 2) / 2
  const head = evmCode(sizeBytes, 'DUP1', `0x${'000c'}`, 0, 'CODECOPY', 0, 'RETURN')
  const headBytes = (head.length - 2) / 2
  return join(head.replace('000c', headBytes.toString(16).padStart(4, '0')) as Hex, runtime)
}

/** Code that calls a precompile with `input` and logs what it answers. */
export function callingPrecompile(address: number, input: Hex, outputBytes: number): Hex {
  const inputBytes = (input.length - 2) / 2
  const out = Math.ceil(inputBytes / 32) * 32
  return join(
    storeInMemory(input),
    evmCode(outputBytes, out, inputBytes, 0, address, 'GAS', 'STATICCALL'),
    evmCode(0, 'MSTORE', 32 + outputBytes, 0, 'LOG0', outputBytes, out, 'LOG0'),
  )
}

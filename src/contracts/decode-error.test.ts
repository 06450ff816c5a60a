import * as AbiError from 'ox/AbiError'
import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, contractAbi } from './abi.ts'
import { decodeCustomError } from './decode-error.ts'
import { ERROR_SENTENCES } from './error-sentences.ts'
import { ERRORS } from './generated/errors.ts'

type Entry = { name: string; signature: string; inputs: readonly { name: string; type: string }[] }
const ENTRIES = Object.entries(ERRORS) as [`0x${string}`, Entry][]

const SAMPLES: Record<string, unknown> = {
  address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  uint256: 1_500_000_000_000_000_000n,
  uint32: 3072,
  string: 'text',
  bytes32: `0x${'ab'.repeat(32)}`,
}

describe('decodeCustomError', () => {
  test('names the error, its arguments by name and the contracts it comes from', () => {
    const data = `0x54443ec4${2n.toString(16).padStart(64, '0')}${(3n * 10n ** 18n).toString(16).padStart(64, '0')}`
    expect(decodeCustomError(data)).toMatchObject({
      name: 'MinimumDepositRequired',
      signature: 'MinimumDepositRequired(uint256,uint256)',
      selector: '0x54443ec4',
      args: { provided: 2n, required: 3n * 10n ** 18n },
      contracts: ['LedgerManager'],
      sentence: '0.000000000000000002 0G is less than the minimum of 3 0G',
    })
  })

  test('one name with two signatures has two sentences', () => {
    const long = decodeCustomError(`0x69e0a42c${'0'.repeat(61)}fff${'0'.repeat(61)}001`)
    expect(long?.sentence).toContain('4095 bytes')
    expect(decodeCustomError('0xef54fd9d')?.sentence).not.toContain('undefined')
  })

  test('decodes require reasons and panics', () => {
    const reason = AbiError.encode(AbiError.from('error Error(string)'), ['Ownable: caller is not the owner'])
    expect(decodeCustomError(reason)).toMatchObject({
      name: 'Error',
      args: { reason: 'Ownable: caller is not the owner' },
    })
    const panic = `0x4e487b71${'0'.repeat(62)}11`
    expect(decodeCustomError(panic)).toMatchObject({ name: 'Panic', args: { code: 17n } })
    expect(decodeCustomError(panic)?.sentence).toContain('overflowed')
  })

  test.each([
    '',
    '0x',
    '0x1234',
    '0xdeadbeef',
    '0xdeadbeef00',
    'reverted',
    `0x54443ec4${'00'.repeat(32)}`,
    '0x54443ec',
  ])('says nothing about %j', (data) => {
    expect(decodeCustomError(data)).toBeUndefined()
  })

  test('upper-case data is the same data', () => {
    expect(decodeCustomError('0x3204506F')?.name).toBe('CallFailed')
  })
})

describe('error sentences', () => {
  test.each(ENTRIES)('%s has a sentence and a hint that use only its own arguments', (selector, entry) => {
    const known = ERROR_SENTENCES[entry.signature] ?? ERROR_SENTENCES[entry.name]
    expect([entry.signature, known]).toEqual([entry.signature, [expect.any(String), expect.any(String)]])
    const values = entry.inputs.map(({ type }) => SAMPLES[type])
    const abi = { type: 'error', name: entry.name, inputs: entry.inputs } as unknown as AbiError.AbiError
    const decoded = decodeCustomError(AbiError.encode(abi, ...(values.length > 0 ? [values as never] : [])))
    expect(decoded).toMatchObject({ selector, name: entry.name })
    expect(`${decoded?.sentence} ${decoded?.hint}`).not.toMatch(/undefined|[{}]/)
  })

  test('no sentence is about an error that no contract has', () => {
    const known = new Set(['Error(string)', ...ENTRIES.flatMap(([, { name, signature }]) => [name, signature])])
    expect(Object.keys(ERROR_SENTENCES).filter((name) => !known.has(name))).toEqual([])
  })

  test('every error of every ABI is in the table', () => {
    const names = new Set(ENTRIES.map(([, { name }]) => name))
    for (const contract of CONTRACT_NAMES)
      for (const item of contractAbi(contract) as readonly { type: string; name?: string }[])
        if (item.type === 'error')
          expect([contract, item.name, names.has(item.name ?? '')]).toEqual([contract, item.name, true])
  })
})

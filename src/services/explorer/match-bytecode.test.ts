import { expect, test } from 'vitest'
import type { CompiledContract } from './compile.ts'
import { matchBytecode } from './match-bytecode.ts'

/** The CBOR map that solc appends, and its length. */
const tail = (seed: string) => `a2646970667358221220${seed.repeat(32)}64736f6c6343000825${'0033'}`
const CODE = '6001600255'

function compiled(
  runtime: string,
  creation = runtime,
  more: Partial<CompiledContract['evm']['deployedBytecode']> = {},
) {
  const contract: CompiledContract = {
    abi: [],
    evm: { bytecode: { object: creation }, deployedBytecode: { object: runtime, ...more } },
  }
  return { contract, output: { contracts: { 'a.sol': { A: contract } } } }
}

const compare = ({ contract, output }: ReturnType<typeof compiled>, runtime: string, creation?: string, args = '') =>
  matchBytecode(contract, output, { runtime: `0x${runtime}`, creation: creation && `0x${creation}` }, args)

test('the same bytes are an exact match, another hash of the sources a partial one', () => {
  const own = compiled(`${CODE}${tail('11')}`)
  expect(compare(own, `${CODE}${tail('11')}`)).toEqual({ match: 'exact', constructorArguments: '' })
  expect(compare(own, `${CODE}${tail('22')}`)).toEqual({ match: 'partial', constructorArguments: '' })
  expect(compare(own, `6001600355${tail('11')}`)).toHaveProperty('reason')
  expect(compare(own, '')).toHaveProperty('reason')
})

test('without a hash of the sources no match is exact', () => {
  expect(compare(compiled(CODE), CODE)).toEqual({ match: 'partial', constructorArguments: '' })
})

test('immutables are what the chain says; the creation decides them', () => {
  const runtime = `7f${'00'.repeat(32)}${tail('11')}`
  const immutable = { immutableReferences: { 7: [{ start: 1, length: 32 }] } }
  const own = compiled(runtime, `6080${runtime}`, immutable)
  const chain = `7f${'ab'.repeat(32)}${tail('11')}`
  const args = 'ab'.repeat(32)
  expect(compare(own, chain, `6080${runtime}${args}`)).toEqual({ match: 'exact', constructorArguments: args })
  expect(compare(own, chain, `6080${runtime}${args}`, args)).toEqual({ match: 'exact', constructorArguments: args })
  expect(compare(own, chain, `6080${runtime}${args}`, 'cd')).toHaveProperty('reason')
  expect(compare(own, chain, `6081${runtime}${args}`)).toHaveProperty('reason')
  expect(compare(own, chain, '6080')).toHaveProperty('reason')
  expect(compare({ ...own, contract: compiled(runtime).contract }, chain)).toHaveProperty('reason')
})

test('a library knows its own address, and code its libraries', () => {
  const runtime = `73${'00'.repeat(20)}3014${tail('11')}`
  expect(compare(compiled(runtime), `73${'ab'.repeat(20)}3014${tail('11')}`)).toMatchObject({ match: 'exact' })
  const linked = `73__$${'c'.repeat(34)}$__5b${tail('11')}`
  const reference = { linkReferences: { 'l.sol': { L: [{ start: 1, length: 20 }] } } }
  expect(compare(compiled(linked, linked, reference), `73${'ab'.repeat(20)}5b${tail('11')}`)).toMatchObject({
    match: 'exact',
  })
})

test('the metadata of a contract inside another is metadata too', () => {
  const inner = compiled(`5b${tail('33')}`).contract
  const outer = compiled(`60015b${tail('33')}${tail('11')}`)
  const output = { contracts: { 'a.sol': { A: outer.contract, B: inner } } }
  const chain = `60015b${tail('44')}${tail('22')}`
  expect(compare({ ...outer, output }, chain)).toMatchObject({ match: 'partial' })
  expect(compare(outer, chain)).toHaveProperty('reason')
})

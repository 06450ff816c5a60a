import { expect, test } from 'vitest'
import { type VerifiedContract, VerifiedContracts } from './verified-contracts.ts'

test('sources that match exactly are not replaced by some that match in part', () => {
  const contracts = new VerifiedContracts(':memory:')
  const address = `0x${'11'.repeat(20)}` as const
  const codeHash = `0x${'22'.repeat(32)}` as const
  const entry = (sourceCode: string, match: VerifiedContract['match']) =>
    ({ address, sourceCode, match }) as VerifiedContract
  for (const one of [entry('a', 'partial'), entry('b', 'partial'), entry('c', 'exact'), entry('d', 'partial')]) {
    contracts.add(codeHash, one)
  }
  expect(contracts.find(address, codeHash)).toMatchObject({ sourceCode: 'c', match: 'exact' })
  contracts.close()
})

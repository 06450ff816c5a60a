import { describe, expect, test } from 'vitest'
import { parseAgentId, requireAgentId } from './agent-contract.ts'

describe('agent id', () => {
  const contract = `0x${'ab'.repeat(20)}` as const
  test.each([
    ['7', { tokenId: 7n }],
    ['agent:7', { tokenId: 7n }],
    [`${contract}:0`, { tokenId: 0n, contract }],
    [`${contract.toUpperCase().replace('X', 'x')}:12`, { tokenId: 12n, contract }],
  ])('%s', (text, id) => {
    expect(parseAgentId(text)).toEqual(id)
  })

  test.each(['', 'seven', '-1', '1.5', '0x12', 'agent:', `${contract}`, `0x12:3`, '9'.repeat(79)])(
    '%j is none',
    (text) => {
      expect(parseAgentId(text)).toBeUndefined()
      expect(() => requireAgentId(text)).toThrowError(expect.objectContaining({ code: 'VALUE_INVALID' }))
    },
  )
})

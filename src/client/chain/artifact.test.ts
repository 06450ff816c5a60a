import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readArtifact } from './artifact.ts'

const directory = mkdtempSync(join(tmpdir(), 'og-artifact-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function file(name: string, content: unknown): string {
  const path = join(directory, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const abi = [{ type: 'constructor', inputs: [] }]
const LIBRARY = `0x${'Ab'.repeat(20)}` as const
const hole = `__$${'0'.repeat(34)}$__`
const links = { 'src/M.sol': { Maths: [{ start: 1, length: 20 }] } }

describe('an artifact', () => {
  test.each<[string, unknown, string]>([
    ['Hardhat.json', { contractName: 'Token', abi, bytecode: '0x6001' }, 'Token'],
    ['Foundry.json', { abi, bytecode: { object: '0x6001', linkReferences: {} } }, 'Foundry'],
    ['Solc.json', { abi, evm: { bytecode: { object: '6001' } } }, 'Solc'],
    ['code.hex', '6001\n', 'code'],
    ['prefixed.bin', '0x6001', 'prefixed'],
  ])('%s', (name, content, contract) => {
    expect(readArtifact(file(name, content))).toMatchObject({ name: contract, bytecode: '0x6001' })
  })

  test('hex is its own', () => {
    expect(readArtifact('0x6001')).toEqual({ name: 'contract', abi: [], bytecode: '0x6001' })
  })

  test.each<[string, object]>([
    ['of Hardhat', { abi, bytecode: `0x73${hole}5b`, linkReferences: links }],
    ['of Foundry', { abi, bytecode: { object: `0x73${hole}5b`, linkReferences: links } }],
  ])('with a library, %s', (_, content) => {
    const path = file('Linked.json', content)
    const linked = `0x73${'ab'.repeat(20)}5b`
    expect(readArtifact(path, { Maths: LIBRARY }).bytecode).toBe(linked)
    expect(readArtifact(path, { 'src/M.sol:Maths': LIBRARY }).bytecode).toBe(linked)
    expect(() => readArtifact(path)).toThrowError(expect.objectContaining({ code: 'VALUE_INVALID' }))
  })

  test.each<[string, unknown, string]>([
    ['an interface', { abi, bytecode: '0x' }, 'VALUE_INVALID'],
    ['no artifact', { name: 'x' }, 'VALUE_INVALID'],
    ['no JSON', '{', 'VALUE_INVALID'],
    ['a list', [], 'VALUE_INVALID'],
  ])('%s is refused', (_, content, code) => {
    expect(() => readArtifact(file('Bad.json', content))).toThrowError(expect.objectContaining({ code }))
  })

  test('a file that is not there', () => {
    expect(() => readArtifact(join(directory, 'none.json'))).toThrowError(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
    )
  })
})

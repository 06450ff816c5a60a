import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import type { ContractAbi } from './contract.ts'
import type { Hex } from './rpc.ts'

/** Creation code with its ABI, as a compiler wrote them. */
export type Artifact = {
  /** name of the contract; that of the file when the artifact does not say */
  name: string
  abi: ContractAbi
  bytecode: Hex
}

type LinkReferences = Record<string, Record<string, { start: number; length: number }[]>>
type Bytecode = string | { object?: string; linkReferences?: LinkReferences }
type ArtifactFile = {
  contractName?: string
  abi?: ContractAbi
  bytecode?: Bytecode
  linkReferences?: LinkReferences
  evm?: { bytecode?: Bytecode }
}

/**
 * Reads what is to be deployed: an artifact of Hardhat, Foundry or solc (JSON), a file of hex, or the hex itself.
 * `libraries` are the addresses of libraries by name, for code that needs linking.
 * @throws OgError FILE_NOT_FOUND, VALUE_INVALID
 */
export function readArtifact(source: string, libraries: Readonly<Record<string, Hex>> = {}): Artifact {
  if (isHex(source)) return { name: 'contract', abi: [], bytecode: source as Hex }
  const name = basename(source).replace(/\.[^.]*$/, '')
  const text = readText(source).trim()
  const hex = text.startsWith('0x') ? text : `0x${text}`
  if (isHex(hex)) return { name, abi: [], bytecode: hex as Hex }
  const file = parse(source, text)
  const code = file.bytecode ?? file.evm?.bytecode
  const object = typeof code === 'object' ? code.object : code
  if (!Array.isArray(file.abi) || object === undefined) throw notAnArtifact(source)
  const references = (typeof code === 'object' ? code.linkReferences : undefined) ?? file.linkReferences ?? {}
  const bytecode = link(object.startsWith('0x') ? object : `0x${object}`, references, libraries)
  if (!isHex(bytecode) || bytecode === '0x') {
    throw ogError('VALUE_INVALID', {
      value: source,
      expected: 'a contract that can be deployed: it has no creation code',
      example: 'interfaces and abstract contracts have none; give the artifact of a contract that inherits it',
    })
  }
  return { name: file.contractName ?? name, abi: file.abi, bytecode: bytecode as Hex }
}

function isHex(text: string): boolean {
  return /^0x([0-9a-f]{2})+$/i.test(text)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  }
}

function parse(path: string, text: string): ArtifactFile {
  try {
    const file: unknown = JSON.parse(text)
    if (typeof file === 'object' && file !== null) return file as ArtifactFile
  } catch {
    // said below
  }
  throw notAnArtifact(path)
}

function notAnArtifact(value: string) {
  return ogError('VALUE_INVALID', {
    value,
    expected: 'an artifact (JSON with abi and bytecode) or hex',
    example: 'for example artifacts/contracts/Counter.sol/Counter.json, out/Counter.sol/Counter.json or 0x6080…',
  })
}

function link(bytecode: string, references: LinkReferences, libraries: Readonly<Record<string, Hex>>): string {
  let linked = bytecode
  for (const [file, names] of Object.entries(references)) {
    for (const [name, places] of Object.entries(names)) {
      const address = libraries[name] ?? libraries[`${file}:${name}`]
      if (!address) {
        throw ogError('VALUE_INVALID', {
          value: name,
          expected: 'linked: the code needs the address of this library',
          example: `deploy it first, then add --library ${name}=ADDRESS`,
        })
      }
      for (const { start, length } of places) {
        const at = 2 + start * 2
        linked = linked.slice(0, at) + address.slice(2).toLowerCase() + linked.slice(at + length * 2)
      }
    }
  }
  return linked
}

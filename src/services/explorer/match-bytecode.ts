import type { CompiledCode, CompiledContract, CompilerOutput } from './compile.ts'

/**
 * exact: byte for byte, the hash of the sources in the metadata included · partial: the same code, but comments, names or
 * paths of the sources may differ (or the code carries no such hash)
 */
export type Match = 'exact' | 'partial'

export type Comparison = { match: Match; constructorArguments: string } | { reason: string }

/** What stands on the chain; `creation` where the transaction or call that made the contract is known. */
export type OnChain = { runtime: string; creation: string | undefined }

type Span = { start: number; length: number }

/**
 * Compares compiled code with that of the chain. Left out of account is what the chain fills in: immutables, addresses of
 * libraries, and the address a library carries of itself. Creation code decides immutables: it must begin as compiled, and
 * what follows are the constructor's arguments.
 */
export function matchBytecode(
  contract: CompiledContract,
  output: Pick<CompilerOutput, 'contracts'>,
  chain: OnChain,
  wantedArguments: string,
): Comparison {
  const metadata = metadataOf(output)
  const runtime = compareCode(bytes(chain.runtime), contract.evm.deployedBytecode, metadata)
  if (!runtime) return { reason: 'the deployed bytecode is not what the sources compile to' }
  if (chain.creation === undefined) return { match: withHash(runtime, contract), constructorArguments: wantedArguments }
  const code = bytes(chain.creation)
  const compiledLength = (contract.evm.bytecode.object.length / 2) | 0
  const creation = compareCode(code.subarray(0, compiledLength), contract.evm.bytecode, metadata)
  if (!creation || code.length < compiledLength)
    return { reason: 'the code the contract was created with is not what the sources compile to' }
  const constructorArguments = code.subarray(compiledLength).toString('hex')
  if (wantedArguments !== '' && wantedArguments !== constructorArguments)
    return { reason: `the constructor arguments are not those of the creation, which are "${constructorArguments}"` }
  const both = runtime === 'exact' && creation === 'exact' ? 'exact' : 'partial'
  return { match: withHash(both, contract), constructorArguments }
}

/** Without a hash of the sources in the code, equal code does not say that the sources are equal. */
function withHash(match: Match, contract: CompiledContract): Match {
  const tail = trailingMetadata(bytes(contract.evm.deployedBytecode.object))
  const hasHash = tail?.includes(Buffer.from('ipfs')) || tail?.includes(Buffer.from('bzzr'))
  return hasHash ? match : 'partial'
}

function compareCode(code: Buffer, compiled: CompiledCode, metadata: readonly Buffer[]): Match | undefined {
  const wanted = bytes(compiled.object)
  const open = [
    ...Object.values(compiled.immutableReferences ?? {}).flat(),
    ...Object.values(compiled.linkReferences ?? {}).flatMap((names) => Object.values(names).flat()),
    ...ownAddress(wanted),
  ]
  if (code.length > 0 && blank(code, open).equals(blank(wanted, open))) return 'exact'
  const hashes = metadata.flatMap((part) => placesOf(part, wanted))
  return code.length === wanted.length &&
    code.length > 0 &&
    blank(code, [...open, ...hashes]).equals(blank(wanted, [...open, ...hashes]))
    ? 'partial'
    : undefined
}

/** A library begins with its own address, zero when it is compiled: PUSH20 … ADDRESS EQ. */
function ownAddress(code: Buffer): Span[] {
  const isLibrary = code[0] === 0x73 && code.subarray(1, 21).every((byte) => byte === 0) && code[21] === 0x30
  return isLibrary ? [{ start: 1, length: 20 }] : []
}

/** The metadata of every contract that was compiled: a contract holds that of each contract it creates. */
function metadataOf({ contracts }: Pick<CompilerOutput, 'contracts'>): Buffer[] {
  const found = new Map<string, Buffer>()
  for (const file of Object.values(contracts))
    for (const { evm } of Object.values(file)) {
      const tail = trailingMetadata(bytes(evm.deployedBytecode.object))
      if (tail) found.set(tail.toString('hex'), tail)
    }
  return [...found.values()]
}

/** The CBOR map at the end of a code and its length in two bytes. [Solidity documentation, "Encoding of the Metadata Hash"] */
function trailingMetadata(code: Buffer): Buffer | undefined {
  if (code.length < 4) return undefined
  const length = code.readUInt16BE(code.length - 2) + 2
  if (length > 256 || length > code.length) return undefined
  const tail = code.subarray(code.length - length)
  return ((tail[0] ?? 0) & 0xe0) === 0xa0 ? tail : undefined
}

function placesOf(part: Buffer, code: Buffer): Span[] {
  const places: Span[] = []
  for (let start = code.indexOf(part); start >= 0; start = code.indexOf(part, start + part.length))
    places.push({ start, length: part.length })
  return places
}

function blank(code: Buffer, spans: readonly Span[]): Buffer {
  const copy = Buffer.from(code)
  for (const { start, length } of spans) copy.fill(0, start, start + length)
  return copy
}

/** Hex with or without 0x; places of libraries (`__$…$__`) become zeros. */
function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/^0x/, '').replaceAll(/__.{36}__/g, '0'.repeat(40)), 'hex')
}

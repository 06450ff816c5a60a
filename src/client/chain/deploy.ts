import * as AbiParameters from 'ox/AbiParameters'
import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Artifact, readArtifact } from './artifact.ts'
import { recordDeployed } from './deployed-contracts.ts'
import { type GasLint, lintGas } from './gas-lint.ts'
import { type AbiParameter, parseArgument } from './parse-argument.ts'
import { createRpc, type Hex } from './rpc.ts'
import { sendTransaction } from './transaction.ts'
import { resolveAddress, resolveWallet } from './wallet.ts'

export type Deployment = {
  /** works from now on wherever a command takes an address; null when the code came without a name */
  name: string | null
  address: Hex
  txHash: Hex
  blockNumber: number
  from: Hex
  gasUsed: number
  feeWei: bigint
  /** bytes of the creation code with arguments */
  sizeBytes: number
  gasLint: GasLint | null
}

/** What a person types: a file or hex, constructor arguments, and `NAME=ADDRESS` of libraries. */
export type DeployText = {
  source: string
  args: readonly string[]
  libraries?: readonly string[]
  name?: string | undefined
}

/**
 * Deploys a contract, waits for the receipt and remembers address and ABI under a name (that of the artifact unless one is given).
 * @throws OgError FILE_NOT_FOUND, VALUE_INVALID, RPC_REVERTED, INSUFFICIENT_FUNDS
 */
export async function deployContract(
  text: DeployText,
  options: {
    profile: NetworkProfile
    from?: string | undefined
    valueWei?: bigint
    gas?: bigint | undefined
    signal?: AbortSignal | undefined
  },
): Promise<Deployment> {
  const { profile, from, valueWei = 0n, gas, signal } = options
  const artifact = readArtifact(text.source, librariesOf(profile, text.libraries ?? []))
  const name = nameFor(profile, text.name ?? (artifact.abi.length > 0 ? artifact.name : undefined))
  const wallet = resolveWallet(profile, from)
  const data = creationData(profile, artifact, text.args)
  const receipt = await sendTransaction({
    rpc: createRpc(profile.rpc),
    wallet,
    data,
    valueWei,
    gas,
    signal,
    what: `the constructor of ${artifact.name}`,
  })
  const address = (receipt.contractAddress ?? '0x').toLowerCase() as Hex
  if (name !== null) {
    await recordDeployed(profile.stateDir, name, { address, txHash: receipt.transactionHash, abi: artifact.abi })
  }
  return {
    name,
    address,
    txHash: receipt.transactionHash,
    blockNumber: Number(receipt.blockNumber),
    from: wallet.address,
    gasUsed: Number(receipt.gasUsed),
    feeWei: BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice),
    sizeBytes: (data.length - 2) / 2,
    gasLint: gas === undefined ? null : lintGas(receipt, gas),
  }
}

/** A name that means nothing else. */
function nameFor(profile: NetworkProfile, name: string | undefined): string | null {
  if (name === undefined) return null
  const isTaken =
    (name in profile.contracts && !Object.hasOwn(profile.abis ?? {}, name)) ||
    profile.accounts.some(({ role }) => role === name.toLowerCase())
  if (/^[A-Za-z_][\w-]*$/.test(name) && !isTaken) return name
  throw ogError('VALUE_INVALID', {
    value: name,
    expected: isTaken ? 'free: the network has something of that name' : 'a name for a contract',
    example: 'choose one with --name, for example --name MyToken',
  })
}

function librariesOf(profile: NetworkProfile, texts: readonly string[]): Record<string, Hex> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.lastIndexOf('=')
      if (at > 0) return [text.slice(0, at), resolveAddress(profile, text.slice(at + 1))]
      throw ogError('VALUE_INVALID', {
        value: text,
        expected: 'NAME=ADDRESS',
        example: 'for example --library Math=0x…',
      })
    }),
  )
}

function creationData(profile: NetworkProfile, artifact: Artifact, args: readonly string[]): Hex {
  const creation = (artifact.abi as { type?: string; inputs?: readonly AbiParameter[] }[]).find(
    ({ type }) => type === 'constructor',
  )
  const inputs = creation?.inputs ?? []
  if (inputs.length !== args.length) {
    const signature = inputs.map(({ type, name }) => (name ? `${type} ${name}` : type)).join(', ')
    throw ogError('VALUE_INVALID', {
      value: `${args.length} constructor arguments`,
      expected: `what constructor(${signature}) takes (${inputs.length})`,
      example:
        artifact.abi.length === 0
          ? 'bare hex has no ABI: append the encoded arguments to it'
          : 'give one argument per parameter; arrays and tuples as JSON',
    })
  }
  const values = inputs.map((input, at) => parseArgument(profile, input, args[at] ?? ''))
  const encoded =
    inputs.length === 0 ? '0x' : AbiParameters.encode(inputs as AbiParameters.AbiParameters, values as never)
  return `${artifact.bytecode}${encoded.slice(2)}` as Hex
}

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { resolveProfile } from '../connect.ts'
import type { NetworkProfile } from '../profile.ts'
import type { ContractAbi } from './contract.ts'

/**
 * What decoding can use: the labels and deployed contracts of the network, where one is there, and the ABI of a file.
 * @throws OgError FILE_NOT_FOUND, VALUE_INVALID; UNKNOWN_NETWORK for a network that was named and does not exist
 */
export async function decodeContext(options: {
  devnet?: string | undefined
  network?: string | undefined
  abi?: string | undefined
}): Promise<NetworkProfile> {
  const isNamed = options.devnet !== undefined || options.network !== undefined
  const profile = await resolveProfile(options).catch((error: unknown) => {
    if (isNamed) throw error
    return NO_NETWORK
  })
  if (options.abi === undefined) return profile
  return { ...profile, abis: { ...profile.abis, [basename(options.abi)]: readAbi(options.abi) } }
}

const NO_NETWORK: NetworkProfile = {
  name: 'none',
  chainId: 0,
  rpc: '',
  contracts: {},
  storage: { indexer: '' },
  stateDir: '',
  accounts: [],
}

function readAbi(path: string): ContractAbi {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  }
  try {
    const json = JSON.parse(text) as ContractAbi | { abi?: ContractAbi }
    const abi = 'abi' in json ? json.abi : json
    if (Array.isArray(abi)) return abi
  } catch {
    // said below
  }
  throw ogError('VALUE_INVALID', {
    value: path,
    expected: 'an ABI or an artifact',
    example: 'a JSON array, or an object with abi',
  })
}

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import type { NetworkProfile } from '../profile.ts'
import type { ContractAbi } from './contract.ts'
import type { Hex } from './rpc.ts'

/** A contract the user deployed; its name works wherever a command takes an address. */
export type DeployedContract = { address: Hex; txHash: Hex; abi: ContractAbi }

type Book = Record<string, DeployedContract>

const SCHEMA_VERSION = 1

function pathOf(stateDir: string): string {
  return join(stateDir, 'contracts.json')
}

/** The contracts deployed to a network from here, by name. `stateDir` is the client's directory of the network. @throws OgError STATE_DAMAGED */
function readDeployed(stateDir: string): Book {
  const path = pathOf(stateDir)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  try {
    const { schemaVersion, contracts } = JSON.parse(text) as { schemaVersion: number; contracts: Book }
    if (schemaVersion !== SCHEMA_VERSION || typeof contracts !== 'object') throw new Error('another layout')
    return contracts
  } catch (cause) {
    throw ogError('STATE_DAMAGED', { path, reason: 'it is not a list of contracts' }, { cause })
  }
}

/** Remembers a contract under a name; the last one deployed under it counts. */
export async function recordDeployed(stateDir: string, name: string, contract: DeployedContract): Promise<void> {
  mkdirSync(stateDir, { recursive: true })
  const contracts = { ...readDeployed(stateDir), [name]: contract }
  await writeFileAtomic(pathOf(stateDir), JSON.stringify({ schemaVersion: SCHEMA_VERSION, contracts }))
}

/** The profile with the user's contracts among those of the network, whose own names come first. */
export function withDeployed(profile: NetworkProfile): NetworkProfile {
  const deployed = Object.entries(readDeployed(profile.stateDir)).filter(([name]) => !(name in profile.contracts))
  if (deployed.length === 0) return profile
  return {
    ...profile,
    contracts: { ...profile.contracts, ...Object.fromEntries(deployed.map(([name, { address }]) => [name, address])) },
    abis: Object.fromEntries(deployed.map(([name, { abi }]) => [name, abi])),
  }
}

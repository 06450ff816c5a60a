import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ogError } from '../errors/og-error.ts'

type Hex = `0x${string}`

/** One account of the genesis state; numbers are hex, storage maps 32-byte slots to 32-byte values. */
export type GenesisAccount = { balance: Hex; nonce: Hex; code?: Hex; storage?: Record<Hex, Hex> }

/** The genesis a devnet boots from, in geth's layout. Built from the deploy plan when the project is built. */
export type Genesis = {
  config: { chainId: number }
  /** seconds since 1970 */
  timestamp: Hex
  gasLimit: Hex
  alloc: Record<Hex, GenesisAccount>
}

const FILE = join('contracts', 'generated', 'genesis.json')

/**
 * Absolute path of genesis.json, found upwards from this module: it works from sources, from dist/ and from a bundle in dist/.
 * Hand the path to services in their configuration rather than calling this there.
 * @throws FILE_NOT_FOUND when the project has not been built.
 */
export function genesisFilePath(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let directory = start; ; directory = dirname(directory)) {
    for (const path of [join(directory, FILE), join(directory, 'generated', 'genesis.json')])
      if (existsSync(path)) return path
    if (dirname(directory) === directory)
      throw ogError('FILE_NOT_FOUND', { path: join(start, 'generated', 'genesis.json') })
  }
}

/** Reads a genesis file. */
export function readGenesis(path: string = genesisFilePath()): Genesis {
  return JSON.parse(readFileSync(path, 'utf8')) as Genesis
}

import { homedir } from 'node:os'
import { join } from 'node:path'
import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { DEV_MNEMONIC } from './dev-accounts.ts'
import { probeAnswers, probeHttp } from './probes.ts'
import { serviceEntry } from './service-entry.ts'

const FAUCET_INDEX = 9

/** `$XDG_CACHE_HOME/0g/solc`, or `~/.cache/0g/solc`: Solidity compilers of this user, one folder a version. */
function compilersDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME']
  return join(base && base !== '' ? base : join(homedir(), '.cache'), '0g', 'solc')
}

/** The explorer's API, contract verification and the faucet. */
export function explorerService(): ServiceDefinition {
  return {
    name: 'explorer',
    kind: 'explorer',
    entry: serviceEntry('explorer'),
    // node:sqlite says on Node 22 that it is experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    config: {
      chain: 'chain',
      contracts: DEVNET_ADDRESSES,
      mnemonic: DEV_MNEMONIC,
      faucetIndex: FAUCET_INDEX,
      compilersDir: compilersDir(),
    },
    preferredPorts: { explorer: 4000 },
    dependsOn: ['chain'],
    probe: (endpoints) => probeHttp(`${endpoints['explorer']}?module=proxy&action=eth_blockNumber`),
    // Without a module it asks the chain for nothing.
    liveness: (endpoints) => probeAnswers(endpoints['explorer'] ?? ''),
  }
}

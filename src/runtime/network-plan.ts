import type { Endpoints } from './child/service.ts'
import type { Manifest } from './manifest.ts'
import type { ServiceDefinition } from './service-definition.ts'

/** What a devnet consists of, as the daemon needs to know it: the services, and what the manifest says beside them. */
export type NetworkPlan = {
  definitions: ServiceDefinition[]
  /** what the genesis is made of; state with another hash is refused */
  configHash: string
  /** the settings in force, remembered in the manifest */
  settings: Record<string, unknown>
  /** names of the settings that are part of the genesis: another value than the network was created with is refused */
  genesisSettings?: readonly string[]
  /** fields of the manifest that depend on where the services ended up; called when all of them are ready */
  describe: (
    endpointsOf: (service: string) => Endpoints,
  ) => Promise<Pick<Manifest, 'chain' | 'mnemonic' | 'accounts' | 'contracts'>>
}

/** Makes the plan from the settings of this start, merged over those the network remembers. */
export type MakePlan = (settings: Record<string, unknown>) => Promise<NetworkPlan>

import { ogError } from '../errors/og-error.ts'
import type { Manifest } from './manifest.ts'
import type { NetworkPlan } from './network-plan.ts'

/**
 * Refuses a plan that the state at hand cannot be continued with. `path` is the manifest's, for the error.
 * @throws SETTING_FIXED naming a setting of the genesis that differs; STATE_INCOMPATIBLE when the genesis is another one
 */
export function requireSamePlan(path: string, previous: Manifest | undefined, plan: NetworkPlan): void {
  // An empty hash is what a reset leaves: accounts and ports are remembered, the state is not.
  if (!previous || previous.configHash === '') return
  requireSameSettings(previous, plan)
  if (previous.configHash === plan.configHash) return
  throw ogError('STATE_INCOMPATIBLE', {
    path,
    found: `${previous.version}, genesis ${previous.configHash.slice(0, 8)}`,
    wanted: `genesis ${plan.configHash.slice(0, 8)}`,
  })
}

function requireSameSettings(previous: Manifest, { settings, genesisSettings = [] }: NetworkPlan): void {
  for (const setting of genesisSettings) {
    const found = previous.settings[setting]
    const wanted = settings[setting]
    if (found === undefined || JSON.stringify(found) === JSON.stringify(wanted)) continue
    throw ogError('SETTING_FIXED', {
      network: previous.name,
      setting: setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      found: shown(found),
      wanted: shown(wanted),
    })
  }
}

function shown(value: unknown): string {
  if (value === null) return 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

import type { HealthPolicy } from './health-watch.ts'

/** Plain data that tells the supervisor how to run one child; it knows nothing of what the child does. */
export type ServiceDefinition = {
  name: string
  /** what the manifest shows: 'chain', 'storage-node', 'storage-gateway', 'storage-kv', 'compute-provider', 'agent-oracle', 'explorer' */
  kind: string
  shard?: string
  /** absolute path of the script to fork */
  entry: string
  execArgv?: string[]
  /** JSON handed to the child as `ctx.config` */
  config: unknown
  /** endpoint name → port preferred when the network has no remembered one (0 = any free port) */
  preferredPorts: Record<string, number>
  /** names of services whose readiness this one awaits through `ctx.peer()`; also the reverse stop order */
  dependsOn: string[]
  /**
   * one functional request that proves the service works; runs in the daemon after the child reported ready, again and again
   * until it succeeds. `peer` gives the endpoints of another service ({} while it is not known).
   */
  probe?: (endpoints: Record<string, string>, peer: (name: string) => Record<string, string>) => Promise<void>
  /**
   * one cheap request that any process which is not stuck answers, however busy it is and whatever its users did; asked now and then
   * once the service works. The probe when left out.
   */
  liveness?: (endpoints: Record<string, string>) => Promise<void>
  /** how it is watched once it works; DEFAULT_HEALTH when left out */
  health?: HealthPolicy
}

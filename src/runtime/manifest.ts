/**
 * The one file third parties need: where a devnet is and what it consists of. Written atomically, mode 0600, by the daemon.
 * `.0g/<name>/manifest.json`. Fields are an API: add, never rename (engineering §3.7).
 */
export const MANIFEST_SCHEMA_VERSION = 1

export type ServiceStatus =
  | 'pending'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'stopping'
  | 'stopped'
  | 'crashed'
  | 'restarting'
  | 'failed'

export type ManifestService = {
  name: string
  kind: string
  shard?: string
  /** endpoint name → URL, e.g. {rpc, ws} · {node} · {indexer, node} · {broker} · {oracle} */
  endpoints: Record<string, string>
  dataDir: string
  logFile: string
  pid: number | null
  /** process start time (field 22 of /proc/PID/stat, or the platform's equivalent): guards against pid reuse */
  startTime: string | null
  status: ServiceStatus
}

export type Manifest = {
  schemaVersion: typeof MANIFEST_SCHEMA_VERSION
  name: string
  /** random, new with every genesis */
  id: string
  /** version of 0g that created it */
  version: string
  createdAt: string
  /** identifies what the genesis was made of: state of another one cannot be continued */
  configHash: string
  /** options given to `devnet up` that belong to the network, not to the invocation (block time, …) */
  settings: Record<string, unknown>
  chain: { id: number; rpc: string; ws: string; fork?: { url: string; network: string | null; blockNumber: number } }
  mnemonic: string
  accounts: { index: number; address: string; role: string }[]
  contracts: Record<string, { address: string; abiHash: string }>
  services: ManifestService[]
  live: { pid: number; startTime: string; socket: string; since: string } | null
  snapshots: { name: string; createdAt: string }[]
}

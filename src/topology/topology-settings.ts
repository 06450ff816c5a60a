/** What `devnet up` can change about the default network; remembered by the network. */
export type TopologySettings = {
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
}

/** Settings as the manifest remembers them (an older manifest lacks some), completed with defaults. */
export function readSettings(settings: Record<string, unknown>): TopologySettings {
  const blockTimeMs = settings['blockTimeMs']
  return { blockTimeMs: typeof blockTimeMs === 'number' ? blockTimeMs : null }
}

/**
 * All the client library needs to know about a network: taken from a devnet's manifest or from a preset of a public network.
 * Contract names are those of the book in src/contracts: Flow, Market, LedgerManager, InferenceServing, AgentNFT, …
 */
export type NetworkProfile = {
  name: string
  chainId: number
  rpc: string
  contracts: Record<string, `0x${string}`>
  /** ABIs of those among them that the user deployed (`0g chain deploy`), by name */
  abis?: Record<string, readonly unknown[]>
  /** the storage indexer (lists nodes) and, where the network has one, the gateway's full-range node */
  storage: { indexer: string }
  /** URL of a node that replays the key-value streams, where there is one */
  kv?: string
  /** local agent oracle that signs re-encryption and ownership proofs, where there is one */
  agentOracle?: string
  /** directory for the encrypted keystore, receipts and caches of this network */
  stateDir: string
  /** devnets only: the public development mnemonic its accounts derive from */
  mnemonic?: string
  accounts: { index: number; address: `0x${string}`; role: string }[]
}

import { devnetPaths } from '../../runtime/devnet-paths.ts'
import type { Manifest } from '../../runtime/manifest.ts'

/** `InferenceServing` → `INFERENCE_SERVING`, `AgentNFT` → `AGENT_NFT`. */
export function upperSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toUpperCase()
}

/** What a program that knows nothing of 0g needs to use the devnet, as environment variables. */
export function environmentOf(manifest: Manifest, root: string): Record<string, string> {
  const endpoint = (name: string) => manifest.services.map(({ endpoints }) => endpoints[name]).find(Boolean)
  const gateway = manifest.services.find(({ endpoints }) => endpoints['indexer'])
  const variables: Record<string, string | undefined> = {
    OG_DEVNET: root,
    OG_MANIFEST: devnetPaths(root).manifest,
    OG_CHAIN_ID: String(manifest.chain.id),
    OG_RPC_URL: manifest.chain.rpc,
    OG_WS_URL: manifest.chain.ws,
    OG_INDEXER_URL: endpoint('indexer'),
    OG_STORAGE_NODE_URL: gateway?.endpoints['node'],
    OG_KV_URL: endpoint('kv'),
    OG_COMPUTE_URL: endpoint('broker'),
    OG_AGENT_ORACLE_URL: endpoint('oracle'),
    OG_EXPLORER_URL: endpoint('explorer'),
    OG_FAUCET_URL: endpoint('faucet'),
  }
  for (const [name, { address }] of Object.entries(manifest.contracts)) {
    variables[`OG_CONTRACT_${upperSnake(name)}`] = address
  }
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1])))
}

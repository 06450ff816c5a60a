/** real: as on the public networks · simplified: the same interface, less behind it · simulated: looks like it, proves nothing */
export type FidelityLevel = 'real' | 'simplified' | 'simulated'

export type FidelityRow = { part: string; level: FidelityLevel; how: string }

/** What a devnet is, part by part. README and `0g devnet status --fidelity` show this list; each claim has a test. */
export const FIDELITY: readonly FidelityRow[] = [
  { part: 'EVM execution', level: 'real', how: 'EDR (revm), Prague rules, code size limit enforced' },
  { part: 'consensus', level: 'simplified', how: 'one node mines a block per transaction, or per --block-time' },
  { part: 'contracts', level: 'real', how: 'own Solidity, same ABI, events, errors and rules as the public ones' },
  {
    part: 'storage encoding',
    level: 'real',
    how: 'chunks, padding, Merkle trees, proofs and flow roots byte for byte',
  },
  { part: 'storage nodes', level: 'real', how: 'two shard processes, each with its own disk state' },
  { part: 'storage mining', level: 'simplified', how: 'fees are paid, proofs of random access are not mined' },
  { part: 'compute market', level: 'real', how: 'ledger, sub-accounts, sessions, signed settlement on chain' },
  { part: 'inference', level: 'real', how: 'an ONNX model of our own, small, runs in onnxruntime' },
  { part: 'TEE evidence', level: 'simulated', how: 'real formats, signed by a local key; no enclave stands behind it' },
  { part: 'agent iNFTs', level: 'real', how: 'ERC-7857, encrypted data in storage' },
  { part: 'agent oracle', level: 'simulated', how: 're-encryption proofs signed by a local key instead of an enclave' },
  { part: 'prices and funds', level: 'simulated', how: 'development accounts; 0G here is worth nothing' },
]

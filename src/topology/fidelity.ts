/** real: as on the public networks · simplified: the same interface, less behind it · simulated: looks like it, proves nothing */
export type FidelityLevel = 'real' | 'simplified' | 'simulated'

export type FidelityRow = {
  part: string
  level: FidelityLevel
  how: string
  /** the test that shows it, from the root of the repository */
  shownBy: string
}

/** What a devnet is, part by part. README and `0g devnet status --fidelity` show this list; each claim has a test. */
export const FIDELITY: readonly FidelityRow[] = [
  {
    part: 'EVM execution',
    level: 'real',
    how: 'EDR (revm), Prague rules, code size limit enforced; calls capped at 30 M gas',
    shownBy: 'test/integration/chain-rpc.test.ts',
  },
  {
    part: 'block hashes inside contracts',
    level: 'simplified',
    how: 'BLOCKHASH is exact for the first 3,072 changes of a chain; later it gives other (repeatable) hashes than eth_getBlockByNumber',
    shownBy: 'test/integration/chain-history.test.ts',
  },
  {
    part: 'system calls of blocks',
    level: 'simplified',
    how: 'the contracts of EIP-4788, EIP-2935, EIP-7002 and EIP-7251 are there, but no block calls them; `0g verify tx` says so',
    shownBy: 'test/integration/chain-replay.test.ts',
  },
  {
    part: 'forked chain',
    level: 'real',
    how: 'state of the network forked at one block; only the chain runs, storage, compute and agents stay where they are',
    shownBy: 'test/integration/chain-fork.test.ts',
  },
  {
    part: 'finality',
    level: 'simulated',
    how: 'safe and finalized are the latest block, or --finalized-lag blocks behind it; nothing is ever reorganised by others',
    shownBy: 'test/integration/chain-modes.test.ts',
  },
  {
    part: 'consensus',
    level: 'simplified',
    how: 'one node mines a block per transaction, or per --block-time; no validators',
    shownBy: 'test/integration/chain-clients.test.ts',
  },
  {
    part: 'minimum gas',
    level: 'simplified',
    how: '0G Chain charges at least 80 % of the gas limit; here the gas used is charged, and `chain tx`, `send` and `deploy` warn',
    shownBy: 'test/cli/chain.test.ts',
  },
  {
    part: 'contracts',
    level: 'real',
    how: 'own Solidity, same ABI, events, errors and rules as the public ones',
    shownBy: 'test/integration/contracts-compute-differential.test.ts',
  },
  {
    part: 'system contracts',
    level: 'simplified',
    how: 'Solidity in place of the precompiles: other gas, W0G minted from a reserve, block hashes of 256 blocks, no beacon roots',
    shownBy: 'test/integration/contracts-system.test.ts',
  },
  {
    part: 'DA signers',
    level: 'simplified',
    how: 'real BLS keys, signatures and quorums; epochs of 100 blocks, at most 1,024 votes a signer and 6,144 an epoch',
    shownBy: 'test/integration/contracts-system.test.ts',
  },
  {
    part: 'staking',
    level: 'simulated',
    how: 'one validator that can be read; nobody delegates, joins or leaves',
    shownBy: 'test/integration/contracts-system.test.ts',
  },
  {
    part: 'storage encoding',
    level: 'real',
    how: 'chunks, padding, Merkle trees, proofs and flow roots byte for byte',
    shownBy: 'test/integration/storage-official-sdk.test.ts',
  },
  {
    part: 'storage nodes',
    level: 'real',
    how: 'a process per shard and copy, each with its own disk state; killed, damaged and empty ones recover',
    shownBy: 'test/integration/storage-kill.test.ts',
  },
  {
    part: 'storage sync',
    level: 'simplified',
    how: 'nodes fetch proven segments from each other over JSON-RPC; no libp2p, no pruning',
    shownBy: 'test/integration/storage-replicas.test.ts',
  },
  {
    part: 'storage mining',
    level: 'simplified',
    how: 'fees are paid into the reward contract and stay there; proofs of random access are not mined',
    shownBy: 'test/integration/storage-contracts.test.ts',
  },
  {
    part: 'storage KV',
    level: 'real',
    how: 'versions, rights and replay as on the public nodes; every stream is monitored, values stay on disk',
    shownBy: 'test/integration/kv-official-sdk.test.ts',
  },
  {
    part: 'compute market',
    level: 'real',
    how: 'ledger, sub-accounts, sessions, signed settlement on chain',
    shownBy: 'test/integration/compute-official-sdk.test.ts',
  },
  {
    part: 'inference',
    level: 'real',
    how: 'an ONNX model of our own, small, runs in onnxruntime',
    shownBy: 'tools/model/og-tiny.test.ts',
  },
  {
    part: 'TEE evidence',
    level: 'simulated',
    how: 'real formats, signed by a local key; no enclave stands behind it',
    shownBy: 'test/integration/compute-inference.test.ts',
  },
  {
    part: 'agent iNFTs',
    level: 'real',
    how: 'ERC-7857, encrypted data in storage',
    shownBy: 'test/integration/agent-verify.test.ts',
  },
  {
    part: 'agent oracle',
    level: 'simulated',
    how: 're-encryption proofs signed by a local key instead of an enclave',
    shownBy: 'test/integration/agent-oracle-process.test.ts',
  },
  {
    part: 'explorer',
    level: 'real',
    how: "Etherscan's API over an index of its own; sources are compiled and compared; Solidity from 0.5 only",
    shownBy: 'test/integration/explorer-verify.test.ts',
  },
  {
    part: 'prices and funds',
    level: 'simulated',
    how: 'development accounts; 0G here is worth nothing',
    shownBy: 'test/integration/contracts-genesis.test.ts',
  },
]

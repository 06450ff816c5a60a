import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of the chain and of sending transactions. */
export const CHAIN_ERRORS = {
  CHAIN_ENGINE_MISSING: {
    category: 'CONFIG',
    message: '{engine} cannot be run',
    hint: 'install Foundry, or set OG_ANVIL to the path of anvil, or let 0g fetch it from npm: add --download-engine',
    docs: "With --engine anvil the chain is executed by Foundry's anvil, which is not part of 0g. It is looked for in OG_ANVIL, then on the PATH, then in the cache of 0g, where --download-engine puts the one from npm.",
  },
  FORK_UNREACHABLE: {
    category: 'RUNTIME',
    retryable: true,
    message: 'the network to fork, {url}, does not answer: {reason}',
    hint: 'check the URL and your connection, then try again; what a fork has read once it has for good, also offline',
    docs: 'A forked chain reads what it needs from the network it was forked from, and keeps every answer. To be made, and to read something for the first time, it needs that network. What it read before, and everything done on the fork itself, works without.',
  },
  FORK_BLOCK_UNKNOWN: {
    category: 'RESOURCE',
    message: '{url} has no block {block}',
    hint: 'choose a block the network has, or leave the number out to fork its latest',
    docs: 'The block behind the @ of --fork is not one the network knows. Many public nodes keep only recent state: an old block may need an archive node.',
  },
  RPC_ERROR: {
    category: 'RUNTIME',
    message: 'the node refused {method}: {reason}',
    hint: 'check the arguments; the node said why in the message',
    docs: "A JSON-RPC node answered with an error. The message is the node's own; `details.rpcCode` holds its number.",
  },
  RPC_REVERTED: {
    category: 'RUNTIME',
    message: 'the contract refused {what}: {reason}',
    hint: '{fix}',
    docs: "A contract call reverted. When the revert is one of the network's own errors it is decoded into a sentence; `details` holds the error name, its arguments and the raw data. Nothing was changed on chain, except that a transaction that was already mined has spent its gas.",
  },
  UNKNOWN_ACCOUNT: {
    category: 'RESOURCE',
    message: 'no account of {network} is called {account}',
    hint: 'see `0g chain accounts` for labels and indexes, or give a 0x address',
    docs: "An account can be named by its label (alice, bob, provider-1 …), its index, or its address. Sending needs an account whose key is known: one of the devnet's own, or the one in OG_PRIVATE_KEY.",
  },
  KEY_MISSING: {
    category: 'CONFIG',
    message: 'sending on {network} needs a private key',
    hint: 'export OG_PRIVATE_KEY=0x… (the key never leaves this machine)',
    docs: 'Only a devnet has accounts whose keys are known. On a public network the key is taken from the environment variable OG_PRIVATE_KEY, never from the command line, where it would end in the shell history.',
  },
  WRONG_KEY: {
    category: 'CONFIG',
    message: '{reason}',
    hint: 'choose the right account with --from; OG_PRIVATE_KEY, where it is used, must be 0x and 64 hex digits and belong to it',
    docs: 'The key at hand is not the one this needs: OG_PRIVATE_KEY is not a valid secp256k1 key or belongs to another account than --from names, or data that is sealed to one account was asked for by another.',
  },
  INSUFFICIENT_FUNDS: {
    category: 'RESOURCE',
    message: '{account} has {balance} 0G, but this needs {needed}',
    hint: 'on a devnet: `0g chain fund {account} --amount 10`; elsewhere use the faucet of the network',
    docs: 'The account cannot pay for value plus gas. Nothing was sent.',
  },
  DEVNET_ONLY: {
    category: 'USAGE',
    message: '{what} works only on a devnet, not on {network}',
    hint: 'leave out --network, or start a devnet with `0g devnet up -d`; public networks have a faucet of their own (faucet.0g.ai)',
    docs: 'Mining on request, moving the clock and printing money are what a local network is for. No public network lets anyone do them.',
  },
  NOT_ON_CHAIN: {
    category: 'RESOURCE',
    message: '{what} is not on {network}',
    hint: 'check the hash or number and the network; `0g chain block` shows the latest block',
    docs: 'The node has no such block or transaction. After `0g devnet reset` or an `evm_revert` the blocks after that point are gone for good.',
  },
  STATE_PROOF_INVALID: {
    category: 'VERIFY',
    message: 'the node does not prove {what}: {reason}',
    hint: 'do not rely on this node; ask another one with --rpc',
    docs: 'Every account, slot and code that a verification needs is fetched with a Merkle proof and checked against the state root of the block. Here the proof does not lead to that root, or the answer says something else than its own proof. On a devnet, `hardhat_setBalance` and its relatives change state that no block commits to.',
  },
  STATE_UNPROVABLE: {
    category: 'RUNTIME',
    message: 'the node gives no proof of {what}: {reason}',
    hint: 'ask a node that keeps the state of this block (an archive node) with --rpc',
    docs: 'The node refused eth_getProof or eth_getCode for this block: the method is missing or switched off, or the state of the block was pruned. What depends on it is reported as not checked.',
  },
  SELECTOR_UNKNOWN: {
    category: 'RESOURCE',
    message: '{selector} is in no ABI known here',
    hint: 'give the artifact of the contract with --abi FILE, or deploy it with `0g chain deploy` so that its ABI is remembered',
    docs: 'Decoding is done offline, by the ABIs of the network, of what you deployed with `0g chain deploy`, and of common standards (ERC-20, 721, 1155, 2612, 4626, Permit2, proxies). The bytes begin with a selector or topic that none of them has. A transaction hash is not decoded: see `0g chain tx HASH`.',
  },
  CONSOLE_FAILED: {
    category: 'RUNTIME',
    message: 'line {line} of the script failed: {reason}',
    hint: 'try the line in `0g chain console`',
    docs: 'A script that was piped into `0g chain console` threw an error. What the lines before it did, is done; the lines after it did not run.',
  },
  CHAIN_SNAPSHOT_UNKNOWN: {
    category: 'RESOURCE',
    message: 'there is no chain snapshot called {name}',
    hint: '`0g chain snapshot ls` lists them; take one with `0g chain snapshot take {name}`',
    docs: 'Snapshots of the chain are known by the name they were taken under. Reverting to one ends those that were taken after it, and a snapshot that the node no longer has is forgotten.',
  },
} as const satisfies Record<string, CatalogueEntry>

import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of agents, their keys, and of verification. */
export const AGENT_ERRORS = {
  AGENT_KEY_MISSING: {
    category: 'RESOURCE',
    message: 'the data key of agent {id} is not in the keystore at {directory}',
    hint: 'agents are decrypted where they were minted, by the account that owns them: choose it with --from',
    docs: 'The persona and memory of an agent are encrypted with a data key. It is sealed to the owner and kept in the keystore of the network, on the machine that minted the agent: minting does not publish it. Without that file nobody can read the agent.',
  },
  KEYSTORE_LOCKED: {
    category: 'CONFIG',
    message: 'the keystore on {network} needs a passphrase',
    hint: 'export OG_KEYSTORE_PASSPHRASE=… (the same as when the agent was minted)',
    docs: 'Data keys of agents are kept encrypted. On a devnet the passphrase follows from the account, whose key is public anyway; on a public network it is taken from OG_KEYSTORE_PASSPHRASE.',
  },
  KEYSTORE_DAMAGED: {
    category: 'RESOURCE',
    message: 'the key file {path} cannot be opened: {reason}',
    hint: 'check OG_KEYSTORE_PASSPHRASE, or restore the file from a copy',
    docs: 'A file of the keystore is not what was written there, or the passphrase is another one. Nothing was decrypted.',
  },
  AGENT_DATA_INVALID: {
    category: 'VERIFY',
    message: 'agent {id} is not what the chain says: {reason}',
    hint: 'see every link with `0g verify agent:{id}`',
    docs: 'The data behind an agent was fetched, and it does not match the hash on chain, does not open with the data key, or is not an agent manifest. It was not used.',
  },
  MINT_IN_PROGRESS: {
    category: 'DEVNET',
    retryable: true,
    message: 'process {pid} is already minting this agent',
    hint: 'wait for it to finish; a second run then shows the same agent',
    docs: 'Minting the same content twice gives one agent, so only one process may do it at a time. A lock of a process that is gone is taken over.',
  },
  PROOF_REFUSED: {
    category: 'VERIFY',
    message: 'the oracle signs no proof for this transfer: {reason}',
    hint: 'check the agent with `0g verify agent:{id}` and who owns it with `0g agent show {id}`',
    docs: 'The oracle signs a transfer only after it checked the owner on chain, the authorisation of the seller, the stored data against its hash, and that the data opens with the key it was given. One of these does not hold; nothing was signed.',
  },
  SUBJECT_UNKNOWN: {
    category: 'RUNTIME',
    message: 'this network knows nothing called {subject}',
    hint: 'verify takes a storage root, a transaction hash, a receipt (id or file), an agent id, or a local file; --as says which is meant',
    docs: '`0g verify` looks for its argument as a local file, an agent, a saved receipt, a transaction of the chain and a root known to storage. It is none of them here, so nothing could be checked: exit code 6, as for every check that could not be made.',
  },
  SUBJECT_AMBIGUOUS: {
    category: 'USAGE',
    message: '{subject} can be {kinds}',
    hint: 'say which with --as, for example `0g verify {subject} --as {example}`',
    docs: 'The argument of `0g verify` means more than one thing here, such as an agent and a file of the same name.',
  },
} as const satisfies Record<string, CatalogueEntry>

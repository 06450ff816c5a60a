import type { ErrorCategory } from './exit-codes.ts'

/**
 * Every error a user can meet, as data. `message` says what failed and why, `hint` how to fix it, `docs` is the paragraph
 * `0g explain CODE` prints. `{name}` in message or hint is filled from the arguments, which the template types.
 * Codes are an API: never rename one, never move one to another category.
 */
export type CatalogueEntry = {
  readonly category: ErrorCategory
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean
  readonly docs: string
}

export const CATALOGUE = {
  FLAG_INVALID: {
    category: 'USAGE',
    message: '{reason}',
    hint: 'see `0g {command} --help`',
    docs: 'A flag or argument could not be understood. Nothing was done. The help of the command lists every flag with an example.',
  },
  FLAG_UNKNOWN: {
    category: 'USAGE',
    message: 'unknown flag {flag}',
    hint: '{suggestion}see `0g {command} --help`',
    docs: 'The command has no such flag. Nothing was done. If a flag is one or two letters away, the hint names it.',
  },
  FLAG_CONFLICT: {
    category: 'USAGE',
    message: '{first} and {second} cannot be used together',
    hint: 'leave one of them out; see `0g {command} --help`',
    docs: 'Two flags ask for things that exclude each other. Nothing was done.',
  },
  ARGUMENT_MISSING: {
    category: 'USAGE',
    message: 'missing {names}',
    hint: 'see `0g {command} --help` for the arguments and an example',
    docs: 'The command needs an argument that was not given. Nothing was done.',
  },
  ARGUMENT_UNEXPECTED: {
    category: 'USAGE',
    message: 'unexpected argument {values}',
    hint: 'quote arguments that contain spaces; see `0g {command} --help`',
    docs: 'More arguments were given than the command takes. Nothing was done. A prompt or name with spaces needs quotes.',
  },
  COMMAND_UNKNOWN: {
    category: 'USAGE',
    message: 'there is no command `0g {command}`',
    hint: '{suggestion}`0g --help` lists all commands',
    docs: 'The words after 0g name no command. Nothing was done. If a command is one or two letters away, the hint names it.',
  },
  RAW_OUTPUT: {
    category: 'USAGE',
    message: '`0g {command}` writes raw bytes to stdout and cannot print JSON',
    hint: 'leave out --json / --output, or write to a file instead',
    docs: 'Commands such as `storage cat` put the bytes themselves on stdout. A JSON envelope on the same stream would corrupt them, so the two cannot be combined.',
  },
  ERROR_CODE_UNKNOWN: {
    category: 'USAGE',
    message: 'no error has the code {code}',
    hint: '{suggestion}`0g explain` lists all codes',
    docs: 'The argument of `0g explain` must be the code of an error of this version, as printed with the error.',
  },
  INTERRUPTED: {
    category: 'SIGNAL',
    message: 'interrupted by {signal}',
    hint: 'run the command again; what was acknowledged before the interruption is kept',
    docs: 'The command was stopped by Ctrl-C or by a signal before it finished. The exit code is 128 plus the number of the signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.',
  },
  PERMISSION_DENIED: {
    category: 'RUNTIME',
    message: 'not allowed to write or read {path}: {reason}',
    hint: 'check the owner and mode of the path, and that the file system is not read-only',
    docs: 'The operating system refused access to a file or directory. Nothing was changed there.',
  },
  DISK_FULL: {
    category: 'RUNTIME',
    retryable: true,
    message: 'no space left to write {path}',
    hint: 'free some space (`0g devnet list` shows where networks keep their state), then run the command again',
    docs: 'The disk or the quota is full. Files are written under a temporary name and renamed when complete, so no half-written file took the place of a good one.',
  },
  PATH_UNUSABLE: {
    category: 'RESOURCE',
    message: '{path} cannot be used here: {reason}',
    hint: 'name a path of the right kind (a file where a file is wanted, a directory where a directory is)',
    docs: 'A path exists but is of the wrong kind, for example a directory where a file is needed, or a file in the middle of a path.',
  },
  NOT_RUNNING: {
    category: 'DEVNET',
    message: 'no devnet is running here ({path})',
    hint: 'start one with `0g devnet up -d`, or name another with --devnet NAME',
    docs: 'The command needs a running network and found none: not in this directory or a parent, nor under the name given by --devnet or OG_DEVNET.',
  },
  NETWORK_UNREACHABLE: {
    category: 'RUNTIME',
    retryable: true,
    message: '{url} did not answer: {reason}',
    hint: 'is the network up? `0g devnet status`',
    docs: 'A request to a service got no answer at all: nothing listens there, or the connection broke before the reply.',
  },
  TIMEOUT: {
    category: 'RUNTIME',
    retryable: true,
    message: '{what} did not finish within {timeoutMs} ms',
    hint: 'look at `0g devnet status` and `0g devnet logs`, or allow more time with --timeout',
    docs: 'An operation took longer than its deadline. It may still finish in the background.',
  },
  NOT_FOUND: {
    category: 'RESOURCE',
    message: '{what} was not found',
    hint: 'check the name or id; `0g {topic} ls` lists what is there',
    docs: 'The named thing does not exist on this network.',
  },
  FILE_NOT_FOUND: {
    category: 'RESOURCE',
    message: 'no such file: {path}',
    hint: 'check the path; relative paths start at the current directory',
    docs: 'A local file or directory named on the command line does not exist or cannot be read.',
  },
  START_TIMEOUT: {
    category: 'DEVNET',
    message: '{service} was not ready within {timeoutMs} ms',
    hint: 'its last lines are below and in {logFile}; on a slow machine allow more with --timeout',
    docs: 'A service did not answer its functional probe in time. Everything that had been started was stopped again. The last lines of its log are part of the error.',
  },
  SERVICE_CRASHED: {
    category: 'DEVNET',
    message: '{service} failed: {reason}',
    hint: 'its last lines are below and in {logFile}',
    docs: 'A service process ended or reported an error before the network was ready. Everything that had been started was stopped again. The last lines of its log are part of the error.',
  },
  SERVICE_FAILED: {
    category: 'DEVNET',
    message: '{service} is {status}',
    hint: 'see `0g devnet logs {service}`, then `0g devnet up --restart`',
    docs: 'A service was restarted too often in a short time (more than 5 times in 60 s) and is left alone now. The rest of the network runs on, degraded.',
  },
  STATE_LOCKED: {
    category: 'DEVNET',
    message: '{path} is in use by {holder}',
    hint: 'another command is starting or stopping this devnet: wait for it, then try again',
    retryable: true,
    docs: 'Two commands tried to change the same devnet at once. The lock names the process that holds it; a lock of a dead process is taken over by itself.',
  },
  STATE_INCOMPATIBLE: {
    category: 'DEVNET',
    message: '{path} was written by another version of 0g ({found}; this one reads {wanted})',
    hint: 'use that version, or start over with `0g devnet reset`',
    docs: 'The state on disk has a format this version does not read. Nothing was changed.',
  },
  STATE_DAMAGED: {
    category: 'DEVNET',
    message: '{path} cannot be read: {reason}',
    hint: 'start over with `0g devnet reset`, or delete the directory',
    docs: 'The record of the devnet is not valid JSON or lacks required fields. 0g writes it atomically, so another program changed it.',
  },
  DAEMON_GONE: {
    category: 'DEVNET',
    message: 'the daemon of the devnet ended unexpectedly: {reason}',
    hint: 'see {logFile}, then start again with `0g devnet up -d`',
    docs: 'The process that supervises the network ended before it could answer. Services stop by themselves when it is gone; their state stays.',
  },
  UNKNOWN_SERVICE: {
    category: 'USAGE',
    message: 'no service is called {name}',
    hint: 'this devnet has: {known}',
    docs: 'The name does not belong to a service of this devnet. `0g devnet status` lists them.',
  },
  UNKNOWN_NETWORK: {
    category: 'USAGE',
    message: 'no network is called {name}',
    hint: 'use one of: {known}',
    docs: 'The value of --network or OG_NETWORK is not a network that 0g knows.',
  },
  CONFIRMATION_REQUIRED: {
    category: 'USAGE',
    message: '{what} needs a confirmation',
    hint: 'repeat with --yes',
    docs: 'The command destroys data and asks before it does. There is no terminal to ask on, so it did nothing.',
  },
  PORT_IN_USE: {
    category: 'RUNTIME',
    message: 'port {port} is taken by {holder}',
    hint: 'stop that process, or leave out --strict-ports to have another port chosen',
    docs: 'With --strict-ports every service must get the port it asks for. Without it 0g chooses a free port and remembers it.',
  },
  PORT_DENIED: {
    category: 'RUNTIME',
    message: 'the system does not allow this user to listen on port {port}',
    hint: 'choose a port above 1023',
    docs: 'Ports below 1024 need special rights on most systems.',
  },
  DIR_NOT_WRITABLE: {
    category: 'RUNTIME',
    message: 'cannot write to {path}: {reason}',
    hint: 'change its rights, or run in a directory you own',
    docs: 'The state of a devnet lives in .0g/ of the current directory, and that directory does not allow it.',
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
  VALUE_INVALID: {
    category: 'USAGE',
    message: '{value} is not {expected}',
    hint: '{example}',
    docs: 'An amount, duration, address, hash, function or argument could not be understood. Nothing was sent.',
  },
  DEVNET_ONLY: {
    category: 'USAGE',
    message: '{what} works only on a devnet, not on {network}',
    hint: 'leave out --network, or start a devnet with `0g devnet up -d`; public networks have a faucet of their own (faucet.0g.ai)',
    docs: 'Mining on request, moving the clock and printing money are what a local network is for. No public network lets anyone do them.',
  },
  STATE_CORRUPT: {
    category: 'DEVNET',
    message: 'the journal {path} is damaged at byte {offset}: {reason}',
    hint: 'restore the file from a copy, or start over with `0g devnet reset`',
    docs: 'The chain keeps every change in an append-only journal with a checksum on each record. A record before the end does not match its checksum, or replaying it gives another block than the one it recorded: the file was changed after it was written. An incomplete record at the very end is normal after a crash and is cut off without an error.',
  },
  ENGINE_MISSING: {
    category: 'CONFIG',
    message: 'the model engine is not installed: {package} cannot be loaded ({reason})',
    hint: 'run `npm install --ignore-scripts @huggingface/transformers onnxruntime-node`',
    docs: 'Running models needs two optional packages. npm leaves them out when their installation fails or optional packages are disabled. With --ignore-scripts the CPU backend installs from the package alone.',
  },
  ENGINE_FAILED: {
    category: 'RUNTIME',
    retryable: true,
    message: 'the model engine failed: {reason}',
    hint: 'try again; if it repeats, see `0g devnet logs`',
    docs: 'The worker that runs the model stopped or reported an error while it worked on the request. The next request starts a new worker.',
  },
  ENGINE_BUSY: {
    category: 'RUNTIME',
    retryable: true,
    message: '{waiting} requests are already waiting for the model',
    hint: 'try again in a moment',
    docs: 'A provider queues a bounded number of requests for its model and refuses more than that rather than let them wait without end.',
  },
  MODEL_INVALID: {
    category: 'CONFIG',
    message: '{path} is not a model that can be loaded: {reason}',
    hint: 'a model folder has config.json, tokenizer.json, tokenizer_config.json and onnx/*.onnx',
    docs: 'The provider was given a folder that is not a complete model in the Hugging Face layout, or whose files contradict each other.',
  },
  PROMPT_TOO_LONG: {
    category: 'USAGE',
    message: 'the prompt takes {promptTokens} tokens, the model has room for {contextLength}',
    hint: 'shorten the prompt, or drop older messages of the chat',
    docs: 'Prompt and answer together must fit into the context of the model. Nothing was generated and nothing was charged.',
  },
  UNKNOWN_MODEL: {
    category: 'RESOURCE',
    message: 'no provider on this network offers the model {model}',
    hint: '{suggestion}',
    docs: 'Models are offered by providers registered on chain; `0g compute ls` lists them. A provider counts once the network owner acknowledged its signer.',
  },
  UNKNOWN_PROVIDER: {
    category: 'RESOURCE',
    message: 'no provider {provider} offers the model {model}',
    hint: '`0g compute ls` lists every offer with its provider',
    docs: 'The provider named with --provider is not registered on chain, or offers another model.',
  },
  PROVIDER_UNREACHABLE: {
    category: 'RUNTIME',
    retryable: true,
    message: 'provider {provider} at {url} did not answer: {reason}',
    hint: 'is it running? `0g devnet status`; another provider can be chosen with --provider',
    docs: 'The provider is registered on chain, but nothing answers at its address. Nothing was charged for a request that got no answer.',
  },
  PROVIDER_REFUSED: {
    category: 'RUNTIME',
    message: 'provider {provider} refused the request (HTTP {status}): {reason}',
    hint: 'check account and balance with `0g compute account`',
    docs: 'The provider answered, but with an error: the session, the balance or the request did not pass its checks. Nothing was charged.',
  },
  ANSWER_INVALID: {
    category: 'VERIFY',
    message: 'the answer of provider {provider} is not what it claims: {reason}',
    hint: 'do not rely on it; choose another provider with --provider',
    docs: 'The answer came, but it is malformed, cut off, or contradicts itself, so no receipt was written for it.',
  },
  SIGNATURE_INVALID: {
    category: 'VERIFY',
    message: 'the signature of the answer does not hold: {reason}',
    hint: 'do not rely on the answer; choose another provider with --provider',
    docs: 'Every answer is signed by the key that the provider registered on chain, over the hash of the request and of the answer. Here the signer or one of the hashes differs.',
  },
  LEDGER_UNFUNDED: {
    category: 'RESOURCE',
    message: 'the compute ledger of {address} has {have} 0G free, {need} 0G are needed',
    hint: 'add funds with `0g compute deposit {need}`',
    docs: 'Inference is paid from a ledger: at least 3 0G to open one, at least 1 0G more than the fees for every provider used. Devnets fill the ledger from the account by themselves; this account has too little.',
  },
  RECEIPT_NOT_FOUND: {
    category: 'RESOURCE',
    message: 'there is no receipt {id} here',
    hint: 'receipts lie in {directory}; `0g compute run` prints the id of each',
    docs: 'Receipts are kept by the user who made the request, in the state directory of the network.',
  },
  RECEIPT_INVALID: {
    category: 'VERIFY',
    message: '{source} is not a receipt: {reason}',
    hint: 'a receipt is the JSON that `0g compute run --json` returns as `receipt`',
    docs: 'The file is not JSON of the receipt format, lacks a field, or its id is not the hash of its content.',
  },
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
  ORACLE_UNREACHABLE: {
    category: 'RUNTIME',
    retryable: true,
    message: 'the agent oracle at {url} did not answer: {reason}',
    hint: 'is it running? `0g devnet status`',
    docs: 'Moving an agent needs the oracle, which seals its data key to the receiver and signs that it did.',
  },
  PROOF_REFUSED: {
    category: 'VERIFY',
    message: 'the oracle signs no proof for this transfer: {reason}',
    hint: 'check the agent with `0g verify agent:{id}` and who owns it with `0g agent show {id}`',
    docs: 'The oracle signs a transfer only after it checked the owner on chain, the authorisation of the seller, the stored data against its hash, and that the data opens with the key it was given. One of these does not hold; nothing was signed.',
  },
  SUBJECT_UNKNOWN: {
    category: 'RESOURCE',
    message: 'this network knows nothing called {subject}',
    hint: 'verify takes a storage root, a transaction hash, a receipt (id or file), an agent id, or a local file; --as says which is meant',
    docs: '`0g verify` looks for its argument as a local file, an agent, a saved receipt, a transaction of the chain and a root known to storage. It is none of them here, so there was nothing to check.',
  },
  SUBJECT_AMBIGUOUS: {
    category: 'USAGE',
    message: '{subject} can be {kinds}',
    hint: 'say which with --as, for example `0g verify {subject} --as {example}`',
    docs: 'The argument of `0g verify` means more than one thing here, such as an agent and a file of the same name.',
  },
  JOURNAL_DAMAGED: {
    category: 'DEVNET',
    message: 'the fee journal {path} is damaged at line {line}',
    hint: 'restore the file, or move it away to start with no open fees',
    docs: 'A provider writes every fee to a journal before it finishes an answer. A line in the middle of the journal cannot be read; an incomplete last line is normal after a crash and is dropped.',
  },
  BUG: {
    category: 'INTERNAL',
    message: 'unexpected: {reason}',
    hint: 'this is a defect of 0g: please report it with the stack below (re-run with OG_DEBUG=1)',
    docs: 'Something happened that the program did not foresee. The stack trace tells where.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

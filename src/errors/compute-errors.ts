import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of model engines, providers, ledgers and receipts. */
export const COMPUTE_ERRORS = {
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
} as const satisfies Record<string, CatalogueEntry>

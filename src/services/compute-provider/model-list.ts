import type { ModelFacts } from './engine/engine.ts'

/** The provider's models in the shape of `GET /v1/models` (0G compute spec §4.9), with our `model_root` added. */
export function modelList(options: {
  model: string
  modelRoot: string
  facts: ModelFacts
  inputPriceWei: bigint
  outputPriceWei: bigint
  createdAtMs: number
}): object {
  const { model, modelRoot, facts, inputPriceWei, outputPriceWei, createdAtMs } = options
  const item = {
    id: model,
    canonical_id: modelRoot,
    object: 'model',
    created: Math.floor(createdAtMs / 1000),
    owned_by: '0g-devnet',
    name: model,
    type: 'chatbot',
    context_length: facts.contextLength,
    max_completion_tokens: facts.contextLength,
    architecture: {
      modality: 'text->text',
      input_modalities: ['text'],
      output_modalities: ['text'],
      instruct_type: facts.architecture,
      tokenizer: `vocabulary of ${facts.vocabularySize}`,
    },
    supported_parameters: ['max_tokens', 'temperature', 'top_p', 'stop', 'stream'],
    default_parameters: { temperature: 0 },
    pricing: { prompt: `${inputPriceWei}`, completion: `${outputPriceWei}` },
    verifiability: 'TeeML',
    tee_attested: false,
    tee_simulated: true,
    tee_verifier: 'dstack',
    provider_type: 'decentralized',
    model_root: modelRoot,
  }
  return { object: 'list', data: [item] }
}

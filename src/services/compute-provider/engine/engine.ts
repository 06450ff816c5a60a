import type { Usage } from '../../../protocol/compute/fee.ts'

/**
 * What a provider needs of anything that runs models. An engine knows nothing of users, prices or HTTP; implementations:
 * transformers.js in a worker thread (`engine-thread.ts`).
 */
export type Engine = {
  /** Loads a model folder in the Hugging Face layout. Throws ENGINE_MISSING, MODEL_INVALID. */
  load(modelDir: string): Promise<ModelFacts>
  /**
   * Generates an answer: any number of `text` events, then one `end`. Aborting the signal ends the generation at the next
   * token with reason `abort` (and its usage). Throws PROMPT_TOO_LONG, ENGINE_FAILED.
   */
  generate(request: GenerateRequest, options?: { signal?: AbortSignal }): AsyncIterable<GenerateEvent>
  /** Tokens a chat takes as a prompt, template included. */
  countTokens(messages: readonly ChatMessage[]): Promise<number>
  unload(): Promise<void>
}

export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string }

export type GenerateRequest = {
  messages: readonly ChatMessage[]
  /** upper bound of generated tokens; the model's context bounds it as well */
  maxTokens: number
  /** 0 = greedy, which on CPU is deterministic */
  temperature: number
  topP?: number
  stop?: readonly string[]
}

export type FinishReason = 'stop' | 'length' | 'abort'
export type GenerateEvent = { type: 'text'; text: string } | { type: 'end'; finishReason: FinishReason; usage: Usage }

export type ModelFacts = { contextLength: number; architecture: string; vocabularySize: number }

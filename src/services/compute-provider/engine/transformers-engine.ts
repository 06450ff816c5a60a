import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PreTrainedModel, PreTrainedTokenizer } from '@huggingface/transformers'
import { isOgError, ogError } from '../../../errors/og-error.ts'
import type { ChatMessage, Engine, FinishReason, GenerateEvent, GenerateRequest, ModelFacts } from './engine.ts'
import { createTextStream } from './text-stream.ts'

type Transformers = typeof import('@huggingface/transformers')
type Loaded = {
  transformers: Transformers
  tokenizer: PreTrainedTokenizer
  model: PreTrainedModel
  facts: ModelFacts
  endTokens: Set<number>
}

/**
 * Engine on transformers.js and onnxruntime's CPU backend. Runs in the thread that creates it, so the provider creates it in a
 * worker. One thread inside onnxruntime: answers are then the same bytes every time, and small models are fastest so.
 */
export function createTransformersEngine(): Engine {
  let loaded: Loaded | undefined
  // Importing takes longer than loading a small model: begin before the model's folder is known. A failure shows in load().
  const imported = importTransformers().catch(() => {})

  return {
    async load(modelDir) {
      loaded = await loadModel(modelDir)
      return loaded.facts
    },
    async *generate(request, { signal } = {}) {
      if (!loaded) throw ogError('ENGINE_FAILED', { reason: 'no model is loaded' })
      yield* generate(loaded, request, signal)
    },
    async countTokens(messages) {
      if (!loaded) throw ogError('ENGINE_FAILED', { reason: 'no model is loaded' })
      return encodePrompt(loaded, messages).length
    },
    async unload() {
      await imported
      await loaded?.model.dispose()
      loaded = undefined
    },
  }
}

async function importTransformers(): Promise<Transformers> {
  try {
    return await import('@huggingface/transformers')
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    const missing = reason.includes('onnxruntime') ? 'onnxruntime-node' : '@huggingface/transformers'
    throw ogError('ENGINE_MISSING', { package: missing, reason }, { cause })
  }
}

async function loadModel(modelDir: string): Promise<Loaded> {
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx']) {
    if (!existsSync(join(modelDir, file)))
      throw ogError('MODEL_INVALID', { path: modelDir, reason: `${file} is missing` })
  }
  const transformers = await importTransformers()
  const { env, AutoTokenizer, AutoModelForCausalLM } = transformers
  env.allowRemoteModels = false
  env.useFSCache = false
  env.localModelPath = dirname(modelDir)
  try {
    const config = JSON.parse(await readFile(join(modelDir, 'config.json'), 'utf8')) as Record<string, unknown>
    const name = basename(modelDir)
    const [tokenizer, model] = await Promise.all([
      AutoTokenizer.from_pretrained(name, { local_files_only: true }),
      AutoModelForCausalLM.from_pretrained(name, {
        local_files_only: true,
        device: 'cpu',
        session_options: { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' },
      }),
    ])
    const facts: ModelFacts = {
      contextLength: numberOf(config['max_position_embeddings']) ?? 2048,
      architecture: firstString(config['architectures']) ?? String(config['model_type'] ?? 'unknown'),
      vocabularySize: numberOf(config['vocab_size']) ?? 0,
    }
    return { transformers, tokenizer, model, facts, endTokens: endTokensOf(config) }
  } catch (cause) {
    if (isOgError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw ogError('MODEL_INVALID', { path: modelDir, reason }, { cause })
  }
}

async function* generate(loaded: Loaded, request: GenerateRequest, signal?: AbortSignal): AsyncIterable<GenerateEvent> {
  const prompt = encodePrompt(loaded, request.messages)
  const room = loaded.facts.contextLength - prompt.length
  if (room < 1) {
    throw ogError('PROMPT_TOO_LONG', { promptTokens: prompt.length, contextLength: loaded.facts.contextLength })
  }
  const { transformers, tokenizer, model, endTokens } = loaded
  const maxTokens = Math.min(request.maxTokens, room)
  const text = createTextStream((tokens) => tokenizer.decode([...tokens], { skip_special_tokens: true }), request.stop)
  const pieces = createPieceQueue()
  let completionTokens = 0
  let finishReason: FinishReason = 'length'

  // transformers.js calls put() with the prompt first, then with every new token.
  let isPrompt = true
  const streamer = new (class extends transformers.BaseStreamer {
    override put(value: bigint[][]): void {
      if (isPrompt) {
        isPrompt = false
        return
      }
      const token = Number(value[0]?.[0])
      if (endTokens.has(token)) {
        finishReason = 'stop'
        return
      }
      completionTokens++
      pieces.push(text.push(token))
    }
    override end(): void {}
  })()
  const stopper = new (class extends transformers.StoppingCriteria {
    override _call(inputIds: number[][]): boolean[] {
      if (text.isStopped) finishReason = 'stop'
      else if (signal?.aborted) finishReason = 'abort'
      else return inputIds.map(() => false)
      return inputIds.map(() => true)
    }
  })()

  const isGreedy = request.temperature === 0
  const inputIds = new transformers.Tensor('int64', BigInt64Array.from(prompt, BigInt), [1, prompt.length])
  const attentionMask = new transformers.Tensor('int64', new BigInt64Array(prompt.length).fill(1n), [1, prompt.length])
  const options = {
    inputs: inputIds,
    attention_mask: attentionMask,
    max_new_tokens: maxTokens,
    do_sample: !isGreedy,
    ...(isGreedy ? {} : { temperature: request.temperature, top_p: request.topP ?? 1, top_k: 0 }),
    streamer,
    stopping_criteria: [stopper],
  }
  const work = (model.generate as (options: unknown) => Promise<unknown>)
    .call(model, options)
    .then(() => pieces.close())
    .catch((error: unknown) => pieces.fail(error))
  for await (const piece of pieces) yield { type: 'text', text: piece }
  await work
  const rest = text.flush()
  if (rest !== '') yield { type: 'text', text: rest }
  yield { type: 'end', finishReason, usage: { promptTokens: prompt.length, completionTokens, cachedTokens: 0 } }
}

function encodePrompt({ tokenizer }: Loaded, messages: readonly ChatMessage[]): number[] {
  const ids = tokenizer.apply_chat_template([...messages], {
    add_generation_prompt: true,
    tokenize: true,
    return_tensor: false,
    return_dict: false,
  })
  return (ids as number[]).map(Number)
}

/** Text pieces from a callback, as an async iterable; empty pieces are left out. */
function createPieceQueue(): AsyncIterable<string> & {
  push(piece: string): void
  close(): void
  fail(error: unknown): void
} {
  const ready: string[] = []
  let isClosed = false
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined
  const notify = (): void => {
    wake?.()
    wake = undefined
  }
  return {
    push(piece) {
      if (piece === '') return
      ready.push(piece)
      notify()
    },
    close() {
      isClosed = true
      notify()
    },
    fail(error) {
      failure = { error }
      notify()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const piece = ready.shift()
        if (piece !== undefined) yield piece
        else if (failure) throw failure.error
        else if (isClosed) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
}

function endTokensOf(config: Record<string, unknown>): Set<number> {
  const end = config['eos_token_id']
  return new Set((Array.isArray(end) ? end : [end]).filter((id): id is number => typeof id === 'number'))
}
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
function firstString(value: unknown): string | undefined {
  return Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined
}

import { parentPort } from 'node:worker_threads'
import { type SerializedOgError, toOgError } from '../../errors/og-error.ts'
import type { ChatMessage, GenerateEvent, GenerateRequest, ModelFacts } from './engine/engine.ts'
import { createTransformersEngine } from './engine/transformers-engine.ts'

/**
 * The thread that runs the model. The provider's own thread stays free for health, sessions and aborts whatever the model does.
 * An abort comes through shared memory, so that it is seen between two tokens without a message being delivered.
 */
export type EngineRequest =
  | { id: number; type: 'load'; modelDir: string }
  | { id: number; type: 'generate'; request: GenerateRequest; aborted: SharedArrayBuffer }
  | { id: number; type: 'count'; messages: readonly ChatMessage[] }
  | { id: number; type: 'unload' }

export type EngineReply =
  | { id: number; type: 'event'; event: GenerateEvent }
  | { id: number; type: 'done'; value?: ModelFacts | number }
  | { id: number; type: 'failed'; error: SerializedOgError }

const engine = createTransformersEngine()
/** The generation in hand, if any: the model is not taken from under it. */
let generating: Promise<void> | undefined
const port = parentPort
if (port) {
  port.on('message', (message: EngineRequest) => {
    run(message, (reply) => port.postMessage(reply)).catch((error: unknown) => {
      port.postMessage({ id: message.id, type: 'failed', error: toOgError(error).toJSON() } satisfies EngineReply)
    })
  })
}

async function run(message: EngineRequest, send: (reply: EngineReply) => void): Promise<void> {
  const { id } = message
  switch (message.type) {
    case 'load':
      send({ id, type: 'done', value: await engine.load(message.modelDir) })
      return
    case 'count':
      send({ id, type: 'done', value: await engine.countTokens(message.messages) })
      return
    case 'unload':
      await generating
      await engine.unload()
      send({ id, type: 'done' })
      return
    case 'generate': {
      const flag = new Int32Array(message.aborted)
      // Only `aborted` of the signal is ever read, between two tokens.
      const signal = {
        get aborted() {
          return Atomics.load(flag, 0) === 1
        },
      } as AbortSignal
      const finished = Promise.withResolvers<void>()
      generating = finished.promise
      try {
        for await (const event of engine.generate(message.request, { signal })) send({ id, type: 'event', event })
      } finally {
        finished.resolve()
      }
      send({ id, type: 'done' })
    }
  }
}

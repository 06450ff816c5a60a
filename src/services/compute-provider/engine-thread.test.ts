import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GenerateEvent, GenerateRequest } from './engine/engine.ts'
import { createEngineThread } from './engine-thread.ts'

const MODEL_DIR = fileURLToPath(new URL('../../../models/og-tiny', import.meta.url))
const engine = createEngineThread({ maxWaiting: 2 })
const ask = (change: Partial<GenerateRequest> = {}): GenerateRequest => ({
  messages: [{ role: 'user', content: 'Hello, who are you?' }],
  maxTokens: 16,
  temperature: 0,
  ...change,
})

async function answer(request: GenerateRequest, signal?: AbortSignal, by = engine) {
  const events: GenerateEvent[] = []
  for await (const event of by.generate(request, signal ? { signal } : {})) events.push(event)
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('')
  return { text, end, pieces: events.length - 1 }
}

beforeAll(async () => {
  await engine.load(MODEL_DIR)
}, 60_000)
afterAll(() => engine.unload())

describe('the engine in its thread', () => {
  test('greedy answers are the same every time and arrive in pieces', async () => {
    const first = await answer(ask())
    const second = await answer(ask())
    expect(second).toEqual(first)
    expect(first.text).not.toBe('')
    expect(first.pieces).toBeGreaterThan(1)
    expect(first.end.usage.promptTokens).toBe(await engine.countTokens(ask().messages))
    expect(first.end.usage.completionTokens).toBeLessThanOrEqual(16)
  })

  test('sampling works and is bounded by maxTokens', async () => {
    const { end } = await answer(ask({ temperature: 1.5, maxTokens: 3 }))
    expect(end.usage.completionTokens).toBeLessThanOrEqual(3)
  })

  test('a stop sequence ends the answer before it', async () => {
    const { text } = await answer(ask())
    const stop = text.slice(3, 6)
    const stopped = await answer(ask({ stop: [stop] }))
    expect(stopped.text).toBe(text.slice(0, text.indexOf(stop)))
    expect(stopped.end.finishReason).toBe('stop')
  })

  test('an abort ends it at the next token, with its usage', async () => {
    const controller = new AbortController()
    const events: GenerateEvent[] = []
    for await (const event of engine.generate(ask({ maxTokens: 500, temperature: 2 }), { signal: controller.signal })) {
      events.push(event)
      controller.abort()
    }
    const end = events.at(-1)
    expect(end?.type).toBe('end')
    if (end?.type === 'end' && end.finishReason !== 'stop') {
      expect(end.finishReason).toBe('abort')
      expect(end.usage.completionTokens).toBeLessThan(500)
    }
  })

  test('a prompt beyond the context is refused', async () => {
    const messages = [{ role: 'user' as const, content: 'word '.repeat(3000) }]
    await expect(answer(ask({ messages }))).rejects.toMatchObject({ code: 'PROMPT_TOO_LONG' })
  })

  test('more than the line holds is refused as busy, the rest is served in order', async () => {
    const order: number[] = []
    const runs = [0, 1, 2, 3].map((n) => answer(ask()).then(() => order.push(n)))
    const results = await Promise.allSettled(runs)
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(results[3]).toMatchObject({ reason: { code: 'ENGINE_BUSY' } })
    expect(order).toEqual([0, 1, 2])
  })
})

test('unloading in the middle ends the answer at the next token; a later load works', async () => {
  const other = createEngineThread()
  await other.load(MODEL_DIR)
  let unloading: Promise<void> | undefined
  const events: GenerateEvent[] = []
  for await (const event of other.generate(ask({ maxTokens: 500, temperature: 2 }))) {
    events.push(event)
    unloading ??= other.unload()
  }
  await unloading
  const end = events.at(-1)
  expect(end?.type === 'end' && end.usage.completionTokens).toBeLessThan(500)
  await other.load(MODEL_DIR)
  expect(await other.countTokens(ask().messages)).toBeGreaterThan(0)
  await other.unload()
})

test('a thread that dies fails its request; the next one gets a new thread', async () => {
  // Answers every load, dies on the first generation and counts 7 tokens ever after.
  const code = `
    const { parentPort } = require('node:worker_threads')
    parentPort.on('message', ({ id, type }) => {
      if (type === 'generate') process.exit(3)
      parentPort.postMessage({ id, type: 'done', value: 7 })
    })`
  let started = 0
  const other = createEngineThread({
    startWorker: () => {
      started += 1
      return new Worker(code, { eval: true })
    },
  })
  await other.load(MODEL_DIR)
  await expect(answer(ask(), undefined, other)).rejects.toMatchObject({ code: 'ENGINE_FAILED', retryable: true })
  expect(await other.countTokens(ask().messages)).toBe(7)
  expect(started).toBe(2)
  await other.unload()
})

test('a folder that is no model is refused', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'og-model-'))
  const other = createEngineThread()
  await expect(other.load(empty)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  await other.unload()
  await rm(empty, { recursive: true })
})

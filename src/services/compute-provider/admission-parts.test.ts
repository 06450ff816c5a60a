import { describe, expect, test } from 'vitest'
import { reportData, simulatedAttestation } from './attestation.ts'
import { parseChatRequest } from './chat-request.ts'
import { createGate } from './engine/gate.ts'
import { createLimits } from './limits.ts'
import { DEFAULT_LIMITS } from './provider-config.ts'

const parse = (body: unknown) =>
  parseChatRequest(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)))
const messages = [{ role: 'user', content: 'hi' }]

describe('parseChatRequest', () => {
  test('fills in defaults: greedy, no stream', () => {
    expect(parse({ messages })).toEqual({
      model: undefined,
      messages,
      maxTokens: 256,
      temperature: 0,
      topP: 1,
      stop: [],
      stream: false,
      includeUsage: false,
    })
  })
  test('reads what OpenAI clients send', () => {
    const body = {
      model: 'm',
      max_completion_tokens: 7,
      temperature: 1,
      top_p: 0.5,
      stop: 'x',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
    }
    expect(parse(body)).toMatchObject({
      model: 'm',
      maxTokens: 7,
      temperature: 1,
      topP: 0.5,
      stop: ['x'],
      stream: true,
      includeUsage: true,
      messages: [{ role: 'system', content: 'ab' }],
    })
  })
  test.each([
    ['not json'],
    ['[]'],
    [{}],
    [{ messages: [] }],
    [{ messages: [{ role: 'tool', content: 'x' }] }],
    [{ messages: [{ role: 'user' }] }],
    [{ messages: [null] }],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
    [{ messages, model: 1 }],
    [{ messages, max_tokens: 0 }],
    [{ messages, temperature: 3 }],
    [{ messages, top_p: 'x' }],
    [{ messages, stop: ['1', '2', '3', '4', '5'] }],
    [{ messages, n: 2 }],
    [{ messages, tools: [{}] }],
    [{ messages, logprobs: true }],
    [{ messages, response_format: { type: 'json_object' } }],
  ])('refuses %j', (body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ status: 400 }))
  })
})

describe('limits', () => {
  test('a user has 5 places, the provider 20, and they come back', () => {
    const limits = createLimits(DEFAULT_LIMITS)
    const own = Array.from({ length: 5 }, () => limits.enterAs('a'))
    expect(() => limits.enterAs('a')).toThrow(
      expect.objectContaining({ status: 429, message: expect.stringContaining('limit: 5') as string }),
    )
    limits.enterAs('b')
    own[0]?.()
    own[0]?.()
    limits.enterAs('a')
    expect(() => limits.enterAs('a')).toThrow(expect.objectContaining({ status: 429 }))
    const all = Array.from({ length: 20 }, () => limits.enter())
    expect(() => limits.enter()).toThrow(expect.objectContaining({ status: 503 }))
    all[0]?.()
    limits.enter()
  })
  test('an address may send a burst, then at the steady rate', () => {
    let nowMs = 0
    const limits = createLimits({ ...DEFAULT_LIMITS, requestsPerSecond: 10 }, () => nowMs)
    for (let i = 0; i < 20; i++) limits.countRequest('ip')
    expect(() => limits.countRequest('ip')).toThrow(expect.objectContaining({ status: 429 }))
    limits.countRequest('other')
    nowMs = 200
    limits.countRequest('ip')
    limits.countRequest('ip')
    expect(() => limits.countRequest('ip')).toThrow(expect.objectContaining({ status: 429 }))
  })
})

describe('gate', () => {
  test('first come first served; leaving the line on abort; busy beyond the bound', async () => {
    const gate = createGate({ maxWaiting: 2 })
    const release = await gate.enter()
    const controller = new AbortController()
    const left = gate.enter(controller.signal)
    const second = gate.enter()
    await expect(gate.enter()).rejects.toMatchObject({ code: 'ENGINE_BUSY' })
    controller.abort()
    await expect(left).rejects.toThrow()
    release()
    release()
    const releaseSecond = await second
    expect(gate.waiting).toBe(0)
    const third = gate.enter()
    expect(gate.waiting).toBe(1)
    releaseSecond()
    await expect(third).resolves.toBeTypeOf('function')
  })
})

describe('attestation', () => {
  const signer = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
  test('report data is that of the published vector', () => {
    expect(reportData(signer)).toBe(
      'MHgxOUU3RTM3NkU3QzIxM0I3RTdlN2U0NmNjNzBBNWREMDg2REFmZjJBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==',
    )
  })
  test('says that it is simulated, in the report and in what it measures', () => {
    const report = simulatedAttestation({ signer, model: 'og-tiny', modelRoot: null, image: 'x' })
    expect(report['simulated']).toBe(true)
    expect(report['tcb_info']).toContain('simulated')
    expect(report['event_log']).toContain('simulated')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefusal, parseAuthorization, refuseSession } from '../../protocol/compute/session-token.ts'
import { parseChatRequest } from './chat-request.ts'
import { HttpError } from './http-reply.ts'

const ADDRESS = `0x${'ab'.repeat(20)}`
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

describe('what anybody may send to a provider', () => {
  test('no Authorization header is an exception, and none without a signature is a session', () => {
    const field = fc.oneof(
      fc.constant(ADDRESS),
      fc.nat(),
      fc.constantFrom(255, 256, -1, 2 ** 60, 1e308, ''),
      fc.jsonValue(),
    )
    const keys = ['address', 'provider', 'timestamp', 'expiresAt', 'nonce', 'generation', 'tokenId'] as const
    const token = fc.record(Object.fromEntries(keys.map((key) => [key, field])), {
      requiredKeys: ['address', 'provider'],
    })
    const payload = fc
      .tuple(fc.oneof(token, fc.jsonValue()), fc.oneof(fc.string(), fc.constant(`0x${'11'.repeat(65)}`)))
      .map(([message, signature]) => `${text(message)}|${signature}`)
    const header = fc.oneof(
      fc.string(),
      fc.oneof(payload, fc.string()).map((one) => `Bearer app-sk-${Buffer.from(one).toString('base64')}`),
      fc.constant(`Bearer app-sk-${Buffer.from(`${'['.repeat(100_000)}|0x`).toString('base64')}`),
    )
    fc.assert(
      fc.property(fc.option(header, { nil: undefined }), (value) => {
        const parsed = parseAuthorization(value)
        if (isRefusal(parsed)) return
        expect(refuseSession(parsed, { provider: ADDRESS, nowMs: 0, account: undefined })).toBeDefined()
      }),
      { numRuns: 1000 },
    )
  })

  test('a chat request is read or refused with 400 and a field', () => {
    const message = fc.record({
      role: fc.oneof(fc.constantFrom('user', 'system'), fc.jsonValue()),
      content: fc.jsonValue(),
    })
    const near = fc.record(
      {
        model: fc.jsonValue(),
        messages: fc.oneof(fc.array(message), fc.jsonValue()),
        max_tokens: fc.jsonValue(),
        temperature: fc.jsonValue(),
        top_p: fc.jsonValue(),
        stop: fc.jsonValue(),
        stream: fc.jsonValue(),
        stream_options: fc.jsonValue(),
        response_format: fc.jsonValue(),
        tools: fc.jsonValue(),
        n: fc.jsonValue(),
      },
      { requiredKeys: ['messages'] },
    )
    fc.assert(
      fc.property(fc.oneof(near.map(text), fc.json(), fc.string()), (body) => {
        try {
          const request = parseChatRequest(Buffer.from(body))
          expect(request.messages.every(({ content }) => typeof content === 'string')).toBe(true)
          expect(request.maxTokens).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError)
          expect((error as HttpError).status).toBe(400)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

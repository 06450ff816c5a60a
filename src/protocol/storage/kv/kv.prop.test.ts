import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../keccak.ts'
import type { Hex } from '../units.ts'
import { COMMIT, replay } from './replay.ts'
import { ANY_VERSION, decodeStreamData, encodeStreamData, type StreamData } from './stream-data.ts'
import { StreamState } from './stream-state.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex)
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex)
const key = fc.uint8Array({ minLength: 1, maxLength: 40 })
const streamData: fc.Arbitrary<StreamData> = fc.record({
  version: fc.bigInt({ min: 0n, max: ANY_VERSION }),
  reads: fc.array(fc.record({ streamId: hash, key }), { maxLength: 4 }),
  writes: fc.array(fc.record({ streamId: hash, key, data: fc.uint8Array() }), { maxLength: 6 }),
  accessControls: fc.array(
    fc.oneof(
      fc.record({ op: fc.constant('GRANT_WRITER_ROLE' as const), streamId: hash, account: address }),
      fc.record({ op: fc.constant('SET_KEY_TO_SPECIAL' as const), streamId: hash, key }),
      fc.record({ op: fc.constant('RENOUNCE_ADMIN_ROLE' as const), streamId: hash }),
    ),
    { maxLength: 4 },
  ),
})

describe('stream data', () => {
  test('comes back as it went in', () => {
    fc.assert(
      fc.property(streamData, (data) => {
        expect(decodeStreamData(encodeStreamData(data))).toEqual({ value: data })
      }),
    )
  })

  test('cut short anywhere it is refused, never thrown at', () => {
    fc.assert(
      fc.property(streamData, fc.nat(), (data, cut) => {
        const bytes = encodeStreamData(data)
        expect(decodeStreamData(bytes.subarray(0, cut % bytes.length))).toHaveProperty('problem')
      }),
    )
  })

  test('of any bytes is a value or a problem', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(Object.keys(decodeStreamData(bytes))).toHaveLength(1)
      }),
    )
  })
})

test('a stream answers as a sorted map would, at every version', () => {
  const stream: Hex = `0x${'07'.repeat(32)}`
  const sender: Hex = `0x${'0a'.repeat(20)}`
  const write = fc.record({
    key: fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }),
    data: fc.uint8Array({ maxLength: 2 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 4 }), { minLength: 1, maxLength: 12 }), (transactions) => {
      const state = new StreamState()
      const model = new Map<Hex, Hex>()
      const files: Uint8Array[] = []
      const models = transactions.map((writes, txSeq) => {
        const data = { version: ANY_VERSION, reads: [], accessControls: [] }
        const bytes = encodeStreamData({ ...data, writes: writes.map((one) => ({ streamId: stream, ...one })) })
        files.push(bytes)
        expect(replay(state, { txSeq, sender, streamIds: [stream] }, bytes)).toBe(COMMIT)
        for (const one of writes) model.set(toHex(one.key), toHex(one.data))
        return new Map(model)
      })
      models.forEach((expected, version) => {
        const forwards = walk(state, files, { stream, direction: 1, version })
        const living = [...expected].filter(([, data]) => data !== '0x').sort(([a], [b]) => (a < b ? -1 : 1))
        expect(forwards).toEqual(living)
        expect(walk(state, files, { stream, direction: -1, version })).toEqual(living.toReversed())
      })
    }),
  )
})

type Walk = { stream: Hex; direction: 1 | -1; version: number }

function walk(state: StreamState, files: Uint8Array[], { stream, direction, version }: Walk): [Hex, Hex][] {
  const found: [Hex, Hex][] = []
  let entry = state.find(stream, { direction, version })
  while (entry) {
    const { offset, sizeBytes } = entry.place
    found.push([toHex(entry.key), toHex((files[entry.version] as Uint8Array).subarray(offset, offset + sizeBytes))])
    entry = state.find(stream, { direction, version, key: entry.key })
  }
  return found
}

import { describe, expect, test } from 'vitest'
import { fileTreeOf } from '../file-tree.ts'
import { fromHex, toHex } from '../keccak.ts'
import type { Hex } from '../units.ts'
import { ACCESS_OPS, type AccessOp, hasAccount, hasKey } from './access-ops.ts'
import { decodeStreamData, encodeStreamData, type StreamData } from './stream-data.ts'
import { decodeStreamTags, encodeStreamTags } from './stream-tags.ts'

const STREAM: Hex = `0x${'f2bd'.padStart(64, '0')}`
const utf8 = (text: string) => new TextEncoder().encode(text)

/** What the official SDK 1.2.8 builds for key1=value1, key2=v2 (0G storage spec, appendix A). */
const VECTOR: Hex = `0x${[
  '0000000000000001',
  '00000000',
  '00000002',
  `${STREAM.slice(2)}0000046b6579310000000000000006`,
  `${STREAM.slice(2)}0000046b6579320000000000000002`,
  '76616c7565317632',
  '00000000',
].join('')}`

describe('stream data', () => {
  const data: StreamData = {
    version: 1n,
    reads: [],
    writes: [
      { streamId: STREAM, key: utf8('key1'), data: utf8('value1') },
      { streamId: STREAM, key: utf8('key2'), data: utf8('v2') },
    ],
    accessControls: [],
  }

  test('is encoded as the official SDK does', () => {
    const bytes = encodeStreamData(data)
    expect(toHex(bytes)).toBe(VECTOR)
    expect(bytes).toHaveLength(122)
    expect(fileTreeOf(bytes).root).toBe('0x11a59c234cdb5e74d03267c19b7eeb51e59988d29c5cdbb9ba1689d4ca208c82')
  })

  test('is read back', () => {
    expect(decodeStreamData(fromHex(VECTOR))).toEqual({ value: data })
  })

  test.each(Object.keys(ACCESS_OPS) as AccessOp[])('%s carries its key and account', (op) => {
    const control = {
      op,
      streamId: STREAM,
      ...(hasKey(op) ? { key: utf8('k') } : {}),
      ...(hasAccount(op) ? { account: `0x${'ab'.repeat(20)}` as Hex } : {}),
    }
    const whole = { ...data, reads: [{ streamId: STREAM, key: utf8('r') }], accessControls: [control] }
    expect(decodeStreamData(encodeStreamData(whole))).toEqual({ value: whole })
  })

  test.each([
    ['nothing', '0x', 'Invalid stream data'],
    ['an empty key', `0x${'00'.repeat(8)}00000001${STREAM.slice(2)}000000`, 'Invalid stream data'],
    ['a value that is not there', VECTOR.slice(0, -30), 'Invalid stream data'],
    ['a value of 2^64-1 bytes', VECTOR.replace('0000000000000006', 'f'.repeat(16)), 'Invalid stream data'],
    ['an unknown operation', `0x${'00'.repeat(16)}00000001ff${STREAM.slice(2)}`, 'Invalid stream data'],
    ['too many reads', `0x${'00'.repeat(8)}00010001`, 'Stream read list too long'],
    ['too many writes', `0x${'00'.repeat(12)}ffffffff`, 'Stream write list too long'],
    ['too many rights', `0x${'00'.repeat(16)}00010001`, 'Stream access_control list too long'],
  ])('of %s is refused', (_name, hex, problem) => {
    expect(decodeStreamData(fromHex(hex))).toEqual({ problem })
  })
})

describe('stream tags', () => {
  test('are the domain and the ids', () => {
    const tags = encodeStreamTags([STREAM])
    expect(tags).toBe(`0xdf2ff3bb0af36c6384e6206552a4ed807f6f6a26e7d0aa6bff772ddc9d4307aa${STREAM.slice(2)}`)
    expect(decodeStreamTags(tags)).toEqual([STREAM])
  })

  test.each(['0x', '0x00', `0x${'00'.repeat(64)}`, `${encodeStreamTags([STREAM])}00`] as Hex[])(
    '%s names no stream',
    (tags) => {
      expect(decodeStreamTags(tags)).toEqual([])
    },
  )
})

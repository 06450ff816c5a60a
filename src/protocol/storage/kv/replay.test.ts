import { beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../units.ts'
import { isHopeless, replay } from './replay.ts'
import { type AccessControl, ANY_VERSION, encodeStreamData, type StreamData } from './stream-data.ts'
import { StreamState } from './stream-state.ts'

const STREAM: Hex = `0x${'01'.repeat(32)}`
const OTHER: Hex = `0x${'02'.repeat(32)}`
const ALICE: Hex = `0x${'aa'.repeat(20)}`
const BOB: Hex = `0x${'bb'.repeat(20)}`
const CAROL: Hex = `0x${'cc'.repeat(20)}`
const bytes = (text: string) => new TextEncoder().encode(text)
const KEY = bytes('key')

let state: StreamState
let seq: number
/** the files of the submissions, by number */
let files: Uint8Array[]
beforeEach(() => {
  state = new StreamState()
  seq = 0
  files = []
})

function run(sender: Hex, parts: Partial<StreamData>, streamIds: Hex[] = [STREAM]): string {
  const data = { version: ANY_VERSION, reads: [], writes: [], accessControls: [], ...parts }
  files[seq] = encodeStreamData(data)
  return replay(state, { txSeq: seq, sender, streamIds }, files[seq++] as Uint8Array)
}
const set = (sender: Hex, value: string, key = KEY, version = ANY_VERSION) =>
  run(sender, { version, writes: [{ streamId: STREAM, key, data: bytes(value) }] })
const change = (sender: Hex, ...controls: Omit<AccessControl, 'streamId'>[]) =>
  run(sender, { accessControls: controls.map((control) => ({ ...control, streamId: STREAM })) })
const text = (version?: number) => {
  const entry = state.get(STREAM, KEY, version)
  if (!entry) return undefined
  const { offset, sizeBytes } = entry.place
  return new TextDecoder().decode(files[entry.version]?.subarray(offset, offset + sizeBytes))
}

describe('values', () => {
  test('have the sequence of their write as version, and every version stays readable', () => {
    expect([set(ALICE, 'a'), set(ALICE, ''), set(ALICE, 'c')]).toEqual(['Commit', 'Commit', 'Commit'])
    expect([text(0), text(1), text(2), text()]).toEqual(['a', '', 'c', 'c'])
    expect(state.get(STREAM, KEY)?.version).toBe(2)
    expect(state.get(OTHER, KEY)).toBeUndefined()
  })

  test('of one key in one transaction: the last wins', () => {
    const writes = ['x', 'y'].map((value) => ({ streamId: STREAM, key: KEY, data: bytes(value) }))
    expect(run(ALICE, { writes })).toBe('Commit')
    expect(text()).toBe('y')
  })

  test('deleted keys are passed over in both directions, unless an older version is asked for', () => {
    for (const key of ['a', 'b', 'c']) set(ALICE, key, bytes(key))
    set(ALICE, '', bytes('b'))
    const find = (direction: 1 | -1, from?: string, isInclusive = false, version = seq) => {
      const found = state.find(STREAM, { direction, version, isInclusive, ...(from ? { key: bytes(from) } : {}) })
      return found && new TextDecoder().decode(found.key)
    }
    expect([find(1), find(1, 'a'), find(1, 'b', true), find(1, 'c')]).toEqual(['a', 'c', 'c', undefined])
    expect([find(-1), find(-1, 'c'), find(-1, 'b', true), find(-1, 'a')]).toEqual(['c', 'a', 'a', undefined])
    expect([find(1, 'a', false, 2), find(-1, 'c', false, 2)]).toEqual(['b', 'b'])
    expect([find(1, 'aa'), find(-1, 'aa')]).toEqual(['c', 'a'])
  })
})

describe('a transaction is refused whole', () => {
  test('when a key it read or writes changed after its version', () => {
    set(ALICE, 'a')
    set(ALICE, 'b')
    expect(set(ALICE, 'c', KEY, 0n)).toBe('VersionConfliction')
    const reads = [{ streamId: STREAM, key: KEY }]
    expect(run(ALICE, { version: 0n, reads })).toBe('VersionConfliction')
    expect(run(ALICE, { version: 1n, reads })).toBe('Commit')
    expect(text()).toBe('b')
  })

  test('when its tags do not name the stream', () => {
    const writes = [STREAM, OTHER].map((streamId) => ({ streamId, key: KEY, data: bytes('x') }))
    expect(run(ALICE, { writes })).toBe('TagsMismatch')
    expect(state.streamIds).toEqual([])
    expect(run(ALICE, { writes }, [STREAM, OTHER])).toBe('Commit')
    expect(state.streamIds).toEqual([STREAM, OTHER])
  })

  test('when it cannot be parsed', () => {
    expect(replay(state, { txSeq: 0, sender: ALICE, streamIds: [STREAM] }, bytes('?'))).toBe(
      'DataParseError: Invalid stream data',
    )
    expect(state.isNew(STREAM)).toBe(true)
  })
})

describe('rights', () => {
  test('the first sender is admin, others may not write until granted', () => {
    set(ALICE, 'a')
    expect(state.isAdmin(ALICE, STREAM)).toBe(true)
    expect(set(BOB, 'b')).toBe(`WritePermissionDenied: stream: ${STREAM}, key: key`)
    expect(isHopeless(state, { txSeq: seq, sender: BOB, streamIds: [STREAM] })).toBe(true)
    expect(change(ALICE, { op: 'GRANT_WRITER_ROLE', account: BOB })).toBe('Commit')
    expect(set(BOB, 'b')).toBe('Commit')
    expect(state.isWriterOfStream(BOB, STREAM, 1)).toBe(false)
    expect(change(BOB, { op: 'GRANT_WRITER_ROLE', account: CAROL })).toBe('Commit')
    expect(change(BOB, { op: 'REVOKE_WRITER_ROLE', account: CAROL })).toBe(
      `AccessControlPermissionDenied: operation: REVOKE_WRITER_ROLE, stream: ${STREAM}, key: NONE, account: ${CAROL}`,
    )
    expect(change(ALICE, { op: 'REVOKE_WRITER_ROLE', account: CAROL })).toBe('Commit')
    expect(change(BOB, { op: 'RENOUNCE_WRITER_ROLE' })).toBe('Commit')
    expect([BOB, CAROL].map((account) => state.isWriterOfStream(account, STREAM))).toEqual([false, false])
  })

  test('a special key is for its own writers and the admin', () => {
    set(ALICE, 'a')
    change(ALICE, { op: 'GRANT_WRITER_ROLE', account: BOB }, { op: 'SET_KEY_TO_SPECIAL', key: KEY })
    expect(set(BOB, 'b')).toMatch(/^WritePermissionDenied/)
    expect(set(BOB, 'b', bytes('plain'))).toBe('Commit')
    expect(change(ALICE, { op: 'GRANT_SPECIAL_WRITER_ROLE', key: KEY, account: CAROL })).toBe('Commit')
    expect(set(CAROL, 'c')).toBe('Commit')
    expect(set(CAROL, 'c', bytes('plain'))).toMatch(/^WritePermissionDenied/)
    expect(isHopeless(state, { txSeq: seq, sender: CAROL, streamIds: [STREAM] })).toBe(false)
    expect(change(CAROL, { op: 'RENOUNCE_SPECIAL_WRITER_ROLE', key: KEY })).toBe('Commit')
    expect(state.isWriterOfKey(CAROL, STREAM, KEY)).toBe(false)
    expect(change(ALICE, { op: 'SET_KEY_TO_NORMAL', key: KEY })).toBe('Commit')
    expect(set(BOB, 'b')).toBe('Commit')
  })

  test('an admin can be made and can go; a stream without admin is not new again', () => {
    expect(change(ALICE, { op: 'GRANT_ADMIN_ROLE', account: BOB })).toBe('Commit')
    expect([ALICE, BOB].map((account) => state.isAdmin(account, STREAM))).toEqual([true, true])
    expect(change(ALICE, { op: 'RENOUNCE_ADMIN_ROLE' }, { op: 'GRANT_ADMIN_ROLE', account: ALICE })).toBe('Commit')
    expect(change(BOB, { op: 'RENOUNCE_ADMIN_ROLE' })).toBe('Commit')
    expect([ALICE, BOB].map((account) => state.isAdmin(account, STREAM))).toEqual([false, false])
    expect(set(CAROL, 'c')).toMatch(/^WritePermissionDenied/)
  })

  test('of several changes of one right in a transaction the last one counts', () => {
    set(ALICE, 'a')
    change(ALICE, { op: 'GRANT_WRITER_ROLE', account: BOB }, { op: 'REVOKE_WRITER_ROLE', account: BOB })
    expect(state.isWriterOfStream(BOB, STREAM)).toBe(false)
  })
})

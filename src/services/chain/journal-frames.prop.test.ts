import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, PREAMBLE_BYTES, scanFrames } from './journal-frames.ts'

const SALT = 0x1234abcd
const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 12 })

const fileOf = (parts: readonly Uint8Array[]) =>
  new Uint8Array(Buffer.concat([Buffer.alloc(PREAMBLE_BYTES), ...parts.map((part) => encodeFrame(part, SALT))]))

test('every prefix of a journal is read as the records it holds whole', async () => {
  await fc.assert(
    fc.property(payloads, fc.nat(), (parts, cut) => {
      const file = fileOf(parts)
      const size = PREAMBLE_BYTES + (cut % (file.length - PREAMBLE_BYTES + 1))
      const { frames, corrupt } = scanFrames(file.subarray(0, size), SALT)
      expect(corrupt).toBeUndefined()
      expect(frames.map(({ payload }) => [...payload])).toEqual(parts.slice(0, frames.length).map((part) => [...part]))
      const nextEnd = (frames.at(-1)?.offset ?? PREAMBLE_BYTES) + (frames.at(-1)?.payload.length ?? -8) + 8
      const following = parts[frames.length]
      if (following) expect(nextEnd + 8 + following.length).toBeGreaterThan(size)
    }),
    { seed: 20261122 },
  )
})

test('no changed byte before the last record goes unnoticed, nor does it hide what comes after', async () => {
  await fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (parts, position, change) => {
      const file = fileOf([...parts, Uint8Array.of(1, 2, 3)])
      const lastOffset = file.length - 11
      const at = PREAMBLE_BYTES + (position % (lastOffset - PREAMBLE_BYTES))
      file[at] = (file[at] ?? 0) ^ change
      expect(scanFrames(file, SALT).corrupt?.offset).toBeLessThanOrEqual(at)
    }),
    { seed: 20261122 },
  )
})

test('frames of another journal are not taken for records', async () => {
  await fc.assert(
    fc.property(payloads, (parts) => {
      expect(scanFrames(fileOf(parts), SALT + 1).frames).toEqual([])
    }),
    { seed: 20261122 },
  )
})

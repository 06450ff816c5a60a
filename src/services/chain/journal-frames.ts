import { crc32 } from 'node:zlib'

/**
 * Framing of the journal: magic(8) · salt(4), then frames of length(4) · CRC(4) · payload, all big endian. The CRC covers the
 * length and the payload and starts from the salt, so that bytes which merely look like a frame (someone's calldata) are not one.
 */
export const MAGIC = new TextEncoder().encode('0GCHAIN\x01')
export const PREAMBLE_BYTES = MAGIC.length + 4
/** length and checksum */
export const FRAME_HEADER_BYTES = 8
/** larger than any request the server accepts; a frame that says more is not taken for one */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024

/** A frame around `payload`. @throws RangeError when nobody would read it again */
export function encodeFrame(payload: Uint8Array, salt: number): Uint8Array {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`a change takes ${payload.length} bytes, and the journal ${MAX_PAYLOAD_BYTES} at most`)
  }
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, payload.length)
  frame.set(payload, FRAME_HEADER_BYTES)
  view.setUint32(4, checksum(frame.subarray(0, 4), payload, salt))
  return frame
}

function checksum(length: Uint8Array, payload: Uint8Array, salt: number): number {
  return crc32(payload, crc32(length, salt))
}

type Frame = { offset: number; endOffset: number; payload: Uint8Array }

export type ScannedFrames = {
  frames: Frame[]
  /** where the next frame goes: the end of the last whole one */
  endOffset: number
  /** set when bytes that were once written whole no longer are what was written */
  corrupt?: { offset: number; reason: string }
}

/**
 * Reads all frames of a journal. A crash leaves at most an incomplete frame at the end (or one whose end the disk never got,
 * read as zeros): that is a torn tail and ends the scan. Anything else that does not check is corruption, in particular a bad
 * frame followed by a good one. `file` may be a part of one that begins with a frame at `start`.
 */
export function scanFrames(file: Uint8Array, salt: number, start: number = PREAMBLE_BYTES): ScannedFrames {
  const frames: Frame[] = []
  let offset = start
  while (offset < file.length) {
    const payload = frameAt(file, offset, salt)
    if (!payload) {
      if (isTornTail(file, offset, salt)) break
      return { frames, endOffset: offset, corrupt: { offset, reason: 'the checksum of a record does not match' } }
    }
    const endOffset = offset + FRAME_HEADER_BYTES + payload.length
    frames.push({ offset, endOffset, payload })
    offset = endOffset
  }
  return { frames, endOffset: offset }
}

function frameAt(file: Uint8Array, offset: number, salt: number): Uint8Array | undefined {
  const lengthBytes = plausibleLength(file, offset)
  if (lengthBytes === undefined || offset + FRAME_HEADER_BYTES + lengthBytes > file.length) return undefined
  const view = new DataView(file.buffer, file.byteOffset + offset, FRAME_HEADER_BYTES)
  const payload = file.subarray(offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + lengthBytes)
  return checksum(file.subarray(offset, offset + 4), payload, salt) === view.getUint32(4) ? payload : undefined
}

function plausibleLength(file: Uint8Array, offset: number): number | undefined {
  if (offset + FRAME_HEADER_BYTES > file.length) return undefined
  const length = new DataView(file.buffer, file.byteOffset + offset, 4).getUint32(0)
  return length > 0 && length <= MAX_PAYLOAD_BYTES ? length : undefined
}

function isTornTail(file: Uint8Array, offset: number, salt: number): boolean {
  for (let next = offset + 1; next + FRAME_HEADER_BYTES < file.length; next++) {
    if (frameAt(file, next, salt)) return false
  }
  const rest = file.subarray(offset)
  if (rest.length < FRAME_HEADER_BYTES) return true
  const length = plausibleLength(file, offset)
  const isIncomplete = length !== undefined && offset + FRAME_HEADER_BYTES + length > file.length
  return isIncomplete || rest[rest.length - 1] === 0
}

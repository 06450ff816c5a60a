import type { Hex } from '../../../client/chain/rpc.ts'

/** An account that exists, with the slots that are not zero (index and value as minimal hex quantities). */
type WorldAccount = { balance: bigint; nonce: bigint; code: Hex; storage: Map<string, string> }
/** All accounts of a chain at one moment, by lower-case address. */
export type WorldState = Map<Hex, WorldAccount>

const ADDRESS_BYTES = 20

/** Bytes of a state: per account address(20), balance, nonce, code and slots, each number and text behind its length. */
export function encodeWorld(world: WorldState): Uint8Array {
  const out = new ByteWriter()
  out.count(world.size)
  for (const [address, { balance, nonce, code, storage }] of world) {
    out.bytes(Buffer.from(address.slice(2), 'hex'))
    out.number(balance)
    out.number(nonce)
    const codeBytes = Buffer.from(code.slice(2), 'hex')
    out.count(codeBytes.length)
    out.bytes(codeBytes)
    out.count(storage.size)
    for (const [index, value] of storage) {
      out.number(BigInt(index))
      out.number(BigInt(value))
    }
  }
  return out.finish()
}

/** The state of such bytes. @throws RangeError when they are not one (the caller has checked them) */
export function decodeWorld(bytes: Uint8Array): WorldState {
  const input = new ByteReader(bytes)
  const world: WorldState = new Map()
  for (let left = input.count(); left > 0; left--) {
    const address: Hex = `0x${input.hex(ADDRESS_BYTES)}`
    const balance = input.number()
    const nonce = input.number()
    const code: Hex = `0x${input.hex(input.count())}`
    const storage = new Map<string, string>()
    for (let slots = input.count(); slots > 0; slots--) {
      storage.set(`0x${input.number().toString(16)}`, `0x${input.number().toString(16)}`)
    }
    world.set(address, { balance, nonce, code, storage })
  }
  return world
}

class ByteWriter {
  #buffer = Buffer.alloc(1 << 16)
  #end = 0

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
  }

  count(value: number): void {
    this.#reserve(4)
    this.#end = this.#buffer.writeUInt32BE(value, this.#end)
  }

  /** its length in one byte, then its bytes, big endian */
  number(value: bigint): void {
    const hex = value === 0n ? '' : value.toString(16)
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
    this.#reserve(1)
    this.#end = this.#buffer.writeUInt8(bytes.length, this.#end)
    this.bytes(bytes)
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#end)
  }

  #reserve(sizeBytes: number): void {
    if (this.#end + sizeBytes <= this.#buffer.length) return
    const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#end + sizeBytes))
    larger.set(this.#buffer.subarray(0, this.#end))
    this.#buffer = larger
  }
}

class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  count(): number {
    this.#at += 4
    return this.#buffer.readUInt32BE(this.#at - 4)
  }

  hex(sizeBytes: number): string {
    this.#at += sizeBytes
    if (this.#at > this.#buffer.length) throw new RangeError('the state ends early')
    return this.#buffer.toString('hex', this.#at - sizeBytes, this.#at)
  }

  number(): bigint {
    const sizeBytes = this.#buffer.readUInt8(this.#at++)
    return sizeBytes === 0 ? 0n : BigInt(`0x${this.hex(sizeBytes)}`)
  }
}

// Writes src/protocol/storage/generated/keccak-kernel.ts: keccak-256 of many equally long messages, two at a time, as a WebAssembly
// SIMD module in base64. The module is text here, assembled by wabt; why it looks like this: docs/adr/0005-keccak-kernel.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import initWabt from 'wabt'

const OUTPUT = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'protocol', 'storage', 'generated')

const ROUNDS = 24
/** 64-bit lanes of the state that one block fills: 1088 bits. */
const RATE_LANES = 17
const STATE_LANES = 25
const LANE_BYTES = 8
const HASH_LANES = 4
/** A v128 holds the same lane of two states. */
const VECTOR_BYTES = 16
const ROUND_CONSTANTS_AT = 512
/** State, constants, then the caller's 256 KiB of messages and 32 KiB of hashes. */
const MEMORY_PAGES = 5

/** Rotations of lane x + 5y (FIPS 202, table 2). */
const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14]

/** Constants of iota, by the shift register of FIPS 202, algorithm 5. */
function roundConstants() {
  let register = 1
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1)
      register = (register << 1) ^ ((register >> 7) * 0x171)
    }
    return constant
  })
}

const count = (n) => [...Array(n).keys()]
const FIVE = count(5)
const get = (name) => `(local.get $${name})`
const set = (name, value) => `(local.set $${name} ${value})`
const xor = (...values) => values.reduce((a, b) => `(v128.xor ${a} ${b})`)
const rotate = (value, bits) =>
  bits === 0
    ? value
    : `(v128.or (i64x2.shl (local.tee $rotated ${value}) (i32.const ${bits})) (i64x2.shr_u ${get('rotated')} (i32.const ${64 - bits})))`

/** theta, rho, pi, chi and iota from lanes a0…a24 to lanes e0…e24, one output plane after the other to keep few values alive. */
function round() {
  const columns = FIVE.map((x) => set(`c${x}`, xor(...FIVE.map((y) => get(`a${x + 5 * y}`)))))
  const parities = FIVE.map((x) => set(`d${x}`, xor(get(`c${(x + 4) % 5}`), rotate(get(`c${(x + 1) % 5}`), 1))))
  const planes = FIVE.flatMap((plane) => [
    ...FIVE.map((column) => {
      // pi: lane (x, y) goes to (y, 2x + 3y), so this one comes from y = column and x = (plane − 3y) / 2, and 1/2 = 3 mod 5.
      const x = (3 * (plane + 2 * column)) % 5
      const lane = x + 5 * column
      return set(`b${column}`, rotate(xor(get(`a${lane}`), get(`d${x}`)), ROTATIONS[lane]))
    }),
    ...FIVE.map((x) => {
      const chi = xor(get(`b${x}`), `(v128.andnot ${get(`b${(x + 2) % 5}`)} ${get(`b${(x + 1) % 5}`)})`)
      return set(`e${x + 5 * plane}`, plane === 0 && x === 0 ? xor(chi, ROUND_CONSTANT) : chi)
    }),
  ])
  return [...columns, ...parities, ...planes].join('\n      ')
}

const ROUND_CONSTANT = `(v128.load64_splat offset=${ROUND_CONSTANTS_AT} ${get('round')})`
const stateOffset = (lane) => `offset=${lane * VECTOR_BYTES} (i32.const 0)`
const load = (lane) => `(v128.load ${stateOffset(lane)})`
const store = (lane, value) => `(v128.store ${stateOffset(lane)} ${value})`
const both = (constant) => `(i64x2.splat (i64.const ${constant}))`
/** Lane `lane` of the messages at $left and $right. */
const message = (lane) => {
  const offset = `offset=${lane * LANE_BYTES}`
  return `(v128.load64_lane ${offset} 1 ${get('right')} (v128.load64_zero ${offset} ${get('left')}))`
}

/** Absorbs and pads a message of `lanes` lanes, block by block; the zeros of a lane nobody wrote are the first block's. */
function absorb(lanes) {
  const blocks = Math.floor(lanes / RATE_LANES) + 1
  return count(blocks)
    .map((block) => {
      const lines = count(block === 0 ? STATE_LANES : RATE_LANES).flatMap((lane) => {
        const at = block * RATE_LANES + lane
        const parts = block === 0 ? [] : [load(lane)]
        if (lane < RATE_LANES && at < lanes) parts.push(message(at))
        if (at === lanes) parts.push(both('0x01'))
        if (block === blocks - 1 && lane === RATE_LANES - 1) parts.push(both('0x8000000000000000'))
        if (block > 0 && parts.length === 1) return []
        return [store(lane, parts.length > 0 ? xor(...parts) : both('0'))]
      })
      return [...lines, '(call $permute)'].join('\n      ')
    })
    .join('\n      ')
}

/** Hashes $count messages at $from into $to. The last of an odd number is hashed in both lanes. $to may be $from. */
function hashAll(name, lanes) {
  const bytes = lanes * LANE_BYTES
  const hashBytes = HASH_LANES * LANE_BYTES
  const squeeze = count(HASH_LANES).flatMap((lane) => [
    `(v128.store64_lane offset=${lane * LANE_BYTES} 0 ${get('to')} ${load(lane)})`,
    `(v128.store64_lane offset=${lane * LANE_BYTES} 1 ${get('toRight')} ${load(lane)})`,
  ])
  return `
  (func (export "${name}") (param $from i32) (param $to i32) (param $count i32)
    (local $left i32) (local $right i32) (local $toRight i32)
    (loop $next
      ${set('left', get('from'))}
      ${set('right', `(select (i32.add ${get('from')} (i32.const ${bytes})) ${get('from')} (i32.ge_u ${get('count')} (i32.const 2)))`)}
      ${set('toRight', `(select (i32.add ${get('to')} (i32.const ${hashBytes})) ${get('to')} (i32.ge_u ${get('count')} (i32.const 2)))`)}
      ${absorb(lanes)}
      ${squeeze.join('\n      ')}
      ${set('from', `(i32.add ${get('from')} (i32.const ${2 * bytes}))`)}
      ${set('to', `(i32.add ${get('to')} (i32.const ${2 * hashBytes}))`)}
      ${set('count', `(i32.sub ${get('count')} (i32.const 2))`)}
      (br_if $next (i32.gt_s ${get('count')} (i32.const 0)))))`
}

const lanesOf = (prefix) => count(STATE_LANES).map((lane) => `(local $${prefix}${lane} v128)`)
const littleEndian = (value) =>
  count(LANE_BYTES).map((i) => `\\${((value >> BigInt(8 * i)) & 255n).toString(16).padStart(2, '0')}`)

const MODULE = `(module
  (memory (export "memory") ${MEMORY_PAGES} ${MEMORY_PAGES})
  (data (i32.const ${ROUND_CONSTANTS_AT}) "${roundConstants().flatMap(littleEndian).join('')}")
  (func $permute
    ${[...lanesOf('a'), ...lanesOf('e')].join(' ')}
    ${['b', 'c', 'd'].flatMap((name) => FIVE.map((x) => `(local $${name}${x} v128)`)).join(' ')}
    (local $rotated v128) (local $round i32)
    ${count(STATE_LANES)
      .map((lane) => set(`a${lane}`, load(lane)))
      .join('\n    ')}
    (loop $next
      ${round()}
      ${count(STATE_LANES)
        .map((lane) => set(`a${lane}`, get(`e${lane}`)))
        .join('\n      ')}
      (br_if $next (i32.lt_u (local.tee $round (i32.add ${get('round')} (i32.const ${LANE_BYTES}))) (i32.const ${ROUNDS * LANE_BYTES}))))
    ${count(STATE_LANES)
      .map((lane) => store(lane, get(`a${lane}`)))
      .join('\n    ')})
  ${hashAll('hashChunks', 32)}
  ${hashAll('hashPairs', 8)})`

/** The assembled module. */
export async function assembleKernel() {
  const wabt = await initWabt()
  const parsed = wabt.parseWat('keccak-kernel.wat', MODULE, { simd: true })
  parsed.validate()
  const { buffer } = parsed.toBinary({})
  parsed.destroy()
  return buffer
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const base64 = Buffer.from(await assembleKernel()).toString('base64')
  const source = `/** Assembled by scripts/build-keccak-kernel.mjs: exports memory, hashChunks and hashPairs. */\nexport const KECCAK_KERNEL =\n  '${base64}'\n`
  mkdirSync(OUTPUT, { recursive: true })
  writeFileSync(join(OUTPUT, 'keccak-kernel.ts'), source)
}

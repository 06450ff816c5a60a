// What a storage node does with an upload before it writes: parse the JSON, decode the base64, hash the segments, fold the proofs.
// Alone it prints MB/s of data by CPU time: one core, requests of 1 MiB, as `storage put` sends them.
//   node scripts/bench/storage-verify.mjs
import { fileURLToPath } from 'node:url'

const DIST = new URL('../../dist/', import.meta.url)
const SEGMENT_BYTES = 256 * 1024
const SEGMENTS_PER_REQUEST = 4
const REQUESTS = 128

/** MB/s of data that one core verifies, by CPU time; needs `dist/`. */
export async function verificationMBps() {
  const [
    { fileTreeOf },
    { checkSegment },
    { parseSegment },
    { encodeBase64, decodeBase64 },
    { encodeLongTextJson, parseLongTextJson },
  ] = await Promise.all(
    [
      'protocol/storage/file-tree.js',
      'protocol/storage/segment-proof.js',
      'protocol/storage/rpc-params.js',
      'utils/base64-text.js',
      'utils/long-text-json.js',
    ].map((path) => import(new URL(path, DIST))),
  )
  const content = new Uint8Array(SEGMENTS_PER_REQUEST * SEGMENT_BYTES).map((_, i) => (i * 31) % 251)
  const tree = fileTreeOf(content)
  const segments = Array.from({ length: SEGMENTS_PER_REQUEST }, (_, index) => ({
    root: tree.root,
    data: encodeBase64(content.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES)),
    index,
    proof: tree.proof(index),
    fileSize: content.length,
  }))
  const body = Buffer.concat(encodeLongTextJson([segments, 0]))
  const round = () => {
    // Decoding happens in place, so every request needs bytes of its own, as on a connection.
    const [given] = parseLongTextJson(Buffer.from(body))
    for (const one of given) {
      const { value } = parseSegment(one)
      const fault = checkSegment({ ...value, data: decodeBase64(value.data) })
      if (fault) throw new Error(fault.message)
    }
  }
  for (let i = 0; i < 16; i++) round()
  const before = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) round()
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  return (REQUESTS * content.length) / 1e6 / seconds
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${(await verificationMBps()).toFixed(0)} MB/s\n`)
}

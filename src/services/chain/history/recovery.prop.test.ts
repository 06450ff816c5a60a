import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { change, countingClock } from '../../../../test/helpers/busy-chain.ts'
import { startTestChain, temporaryDirectory } from '../../../../test/helpers/test-chain.ts'
import { JOURNAL_FILE } from '../journal.ts'

type Head = { number: string; hash: string }

/** The heads of a chain after each change, and its files at the end. */
async function recorded() {
  const original = temporaryDirectory()
  const heads = new Map<number, string>()
  await using chain = await startTestChain({ wallClock: countingClock(), segmentRequests: 20 }, original)
  const nonces: number[] = []
  for (let at = 1; at <= 70; at++) await change(chain.rpc, at, nonces)
  const last = await chain.rpc.request<Head>('eth_getBlockByNumber', ['latest', false])
  for (let number = 0; number <= Number(last.number); number++) {
    const block = await chain.rpc.request<Head>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    heads.set(number, block.hash)
  }
  const kept = temporaryDirectory()
  cpSync(original.path, kept.path, { recursive: true, filter: (source) => !source.endsWith('.ipc') })
  return { kept, heads, last }
}

test('cut or damaged at any byte, a chain opens at a block it had, or says what is damaged', {
  timeout: 120_000,
}, async () => {
  const { kept, heads, last } = await recorded()
  using _ = kept
  const folder = join(kept.path, 'chain', 'history')
  const files = [JOURNAL_FILE, ...readdirSync(folder).map((file) => join('history', file))]
  const journal = readFileSync(join(kept.path, 'chain', JOURNAL_FILE))
  expect(files.length).toBeGreaterThan(4)
  const damage = fc.record({
    file: fc.constantFrom(...files),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    isCut: fc.boolean(),
    keepsHistory: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ file, place, isCut, keepsHistory }) => {
      using copy = temporaryDirectory()
      mkdirSync(join(copy.path, 'chain'))
      copyFileSync(join(kept.path, 'genesis.json'), join(copy.path, 'genesis.json'))
      writeFileSync(join(copy.path, 'chain', JOURNAL_FILE), journal)
      if (keepsHistory || file !== JOURNAL_FILE)
        cpSync(folder, join(copy.path, 'chain', 'history'), { recursive: true })
      const path = join(copy.path, 'chain', file)
      const bytes = readFileSync(path)
      const at = Math.floor(place * bytes.length)
      if (!isCut) bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, isCut ? bytes.subarray(0, at) : bytes)
      const opening = startTestChain({ segmentRequests: 20 }, copy)
      if (file === JOURNAL_FILE && !isCut) {
        // A flipped bit in the part that is read is never taken for the end of the file; the rest is not needed to go on.
        const failure = await opening.then(
          async (chain) => {
            const head = await chain.rpc.request<Head>('eth_getBlockByNumber', ['latest', false])
            await chain[Symbol.asyncDispose]()
            return head.hash === last.hash ? undefined : 'another head'
          },
          (error: { code?: string }) => error.code,
        )
        expect([undefined, 'STATE_CORRUPT', 'STATE_INCOMPATIBLE']).toContain(failure)
        return
      }
      await using chain = await opening
      const head = await chain.rpc.request<Head>('eth_getBlockByNumber', ['latest', false])
      if (file !== JOURNAL_FILE) expect(head.hash).toBe(last.hash)
      else if (Number(head.number) > 0) expect(head.hash).toBe(heads.get(Number(head.number)))
    }),
    { seed: 20261122, numRuns: 30 },
  )
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../../test/helpers/test-chain.ts'
import { readSections, writeSections } from './checked-file.ts'

test('a file that was cut, lengthened or changed at any byte is none', () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'file')
  const payloads = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('third section')]
  const offsets = writeSections(path, payloads)
  const sections = readSections(path)
  expect(sections?.map(({ payload }) => Buffer.from(payload))).toEqual(payloads)
  expect(sections?.map(({ offset }) => offset)).toEqual(offsets)
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 0x80]) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ bit
      writeFileSync(path, damaged)
      expect(readSections(path)).toBeUndefined()
    }
    writeFileSync(path, whole.subarray(0, at))
    expect(readSections(path)).toBeUndefined()
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.from([0])]))
  expect(readSections(path)).toBeUndefined()
  expect(readSections(join(directory.path, 'nothing'))).toBeUndefined()
})

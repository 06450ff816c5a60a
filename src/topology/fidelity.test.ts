import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FIDELITY } from './fidelity.ts'

test.each(FIDELITY)('$part: the claim names a test that exists', ({ shownBy }) => {
  expect(shownBy).toMatch(/\.test\.ts$/)
  expect(existsSync(fileURLToPath(new URL(`../../${shownBy}`, import.meta.url)))).toBe(true)
})

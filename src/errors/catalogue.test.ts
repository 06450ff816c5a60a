import { describe, expect, test } from 'vitest'
import { AGENT_ERRORS } from './agent-errors.ts'
import { CATALOGUE, type ErrorCode } from './catalogue.ts'
import type { CatalogueEntry } from './catalogue-entry.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'
import { COMMON_ERRORS } from './common-errors.ts'
import { COMPUTE_ERRORS } from './compute-errors.ts'
import { DEVNET_ERRORS } from './devnet-errors.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { EXPLORER_ERRORS } from './explorer-errors.ts'
import { KV_ERRORS } from './kv-errors.ts'
import { type ErrorArgs, ogError } from './og-error.ts'
import { STORAGE_ERRORS } from './storage-errors.ts'

const ENTRIES = Object.entries(CATALOGUE) as [ErrorCode, CatalogueEntry][]
const placeholders = (text: string) => [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)

describe.each(ENTRIES)('%s', (code, { category, message, hint, docs }) => {
  test('has a code, a category and all its texts', () => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    expect(EXIT_CODES).toHaveProperty(category)
    for (const text of [message, hint, docs]) expect(text.trim()).not.toBe('')
    expect(docs.length, 'the paragraph of explain says more than the message').toBeGreaterThan(30)
    expect(docs).toMatch(/[.`]$/)
    expect(message, 'a message is one line').not.toContain('\n')
    expect(message, 'a message is no exclamation and has no full stop').not.toMatch(/[.!]$/)
  })

  test('its placeholders are plain names, and filled ones leave none behind', () => {
    const names = [...placeholders(message), ...placeholders(hint)]
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/)
    expect(placeholders(docs), 'docs are read without an error at hand').toEqual([])
    const args = Object.fromEntries(names.map((name) => [name, 'x'])) as ErrorArgs<typeof code>
    const error = ogError(code, args)
    expect(`${error.message}${error.hint}`).not.toMatch(/\{\w+\}|undefined/)
  })
})

test('no code is declared by two areas', () => {
  const areas = [
    AGENT_ERRORS,
    CHAIN_ERRORS,
    COMMON_ERRORS,
    COMPUTE_ERRORS,
    DEVNET_ERRORS,
    EXPLORER_ERRORS,
    KV_ERRORS,
    STORAGE_ERRORS,
  ]
  const codes = areas.flatMap((area) => Object.keys(area))
  expect(codes.length).toBe(Object.keys(CATALOGUE).length)
})

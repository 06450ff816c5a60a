import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isOgError } from '../errors/og-error.ts'
import { devnetRoot, existingDevnetRoot } from './find-devnet.ts'

let project: string
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'og-find-'))
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

const env = {}

describe('which devnet is meant', () => {
  test('without anything: `default` of the current directory', () => {
    expect(devnetRoot({ cwd: project, env })).toBe(join(project, '.0g', 'default'))
  })

  test('the nearest directory upwards that has .0g', () => {
    const inner = join(project, 'a', 'b')
    mkdirSync(inner, { recursive: true })
    mkdirSync(join(project, '.0g'))
    expect(devnetRoot({ cwd: inner, env })).toBe(join(project, '.0g', 'default'))
    mkdirSync(join(project, 'a', '.0g'))
    expect(devnetRoot({ cwd: inner, env, devnet: 'x' })).toBe(join(project, 'a', '.0g', 'x'))
  })

  test('the flag beats OG_DEVNET', () => {
    expect(devnetRoot({ cwd: project, env: { OG_DEVNET: 'one' } })).toBe(join(project, '.0g', 'one'))
    expect(devnetRoot({ cwd: project, env: { OG_DEVNET: 'one' }, devnet: 'two' })).toBe(join(project, '.0g', 'two'))
  })

  test('a path of a project, of a devnet, or of one that will be', () => {
    const root = join(project, '.0g', 'second')
    expect(devnetRoot({ cwd: '/', env, devnet: project })).toBe(join(project, '.0g', 'default'))
    expect(devnetRoot({ cwd: '/', env, devnet: root })).toBe(root)
    expect(devnetRoot({ cwd: project, env, devnet: './.0g/second' })).toBe(root)
    const elsewhere = join(project, 'moved')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'manifest.json'), '{"schemaVersion":1,"configHash":""}')
    expect(devnetRoot({ cwd: '/', env, devnet: elsewhere })).toBe(elsewhere)
  })

  test.each(['{}', '{"manifest_version":3,"name":"a browser extension"}', '[]', 'null', '"x"', '{', ''])(
    "a directory with somebody else's manifest.json (%s) is a project, never a devnet to delete",
    (text) => {
      writeFileSync(join(project, 'manifest.json'), text)
      expect(devnetRoot({ cwd: '/', env, devnet: project })).toBe(join(project, '.0g', 'default'))
    },
  )

  test('a folder whose name merely ends in .0g is a project', () => {
    const folder = join(project, 'notes.0g', 'inner')
    mkdirSync(folder, { recursive: true })
    expect(devnetRoot({ cwd: '/', env, devnet: folder })).toBe(join(folder, '.0g', 'default'))
  })

  test.each(['', 'a b', '-x', 'ä', 'x'.repeat(49)])('%j is no name', (devnet) => {
    const result = () => devnetRoot({ cwd: project, env, devnet })
    if (devnet === '') expect(result()).toBe(join(project, '.0g', 'default'))
    else expect(result).toThrow(expect.objectContaining({ code: 'FLAG_INVALID' }))
  })

  test('one that must exist and does not: NOT_RUNNING', () => {
    try {
      existingDevnetRoot({ cwd: project, env })
      expect.unreachable()
    } catch (error) {
      expect(isOgError(error) && error.code).toBe('NOT_RUNNING')
    }
  })
})

import { describe, expect, test } from 'vitest'
import { editDistance, nearest } from './nearest.ts'
import { suggestCommand } from './suggest-command.ts'

describe('editDistance', () => {
  test.each([
    ['devnet', 'devnet', 0],
    ['devent', 'devnet', 1],
    ['dvnet', 'devnet', 1],
    ['devnett', 'devnet', 1],
    ['devmet', 'devnet', 1],
    ['agnet', 'agent', 1],
    ['stroage', 'storage', 1],
    ['', 'ab', 2],
    ['abcdef', 'x', 3],
    ['chain', 'agent', 3],
  ])('%s → %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})

describe('nearest', () => {
  test('takes the smallest distance', () => {
    expect(nearest('jsn', ['quiet', 'json', 'js'])).toBe('json')
  })

  test('is silent when everything is more than two edits away', () => {
    expect(nearest('frobnicate', ['json', 'quiet'])).toBeUndefined()
  })

  test('does not turn one short word into an unrelated one', () => {
    expect(nearest('xy', ['ab'])).toBeUndefined()
  })
})

describe('suggestCommand', () => {
  const commands = ['devnet:up', 'devnet:down', 'storage:put', 'verify', 'compute:run']
  const topics = ['devnet', 'storage', 'compute']

  test.each([
    ['devnet pu', 'devnet up', 'devnet pu'],
    ['devent up', 'devnet up', 'devent up'],
    ['stroage put file.bin', 'storage put', 'stroage put'],
    ['verfy 0xabc', 'verify', 'verfy'],
    ['devent', 'devnet', 'devent'],
    ['compute rum og-tiny hello', 'compute run', 'compute rum'],
  ])('0g %s → %s', (line, match, typed) => {
    expect(suggestCommand(line.split(' '), commands, topics)).toEqual({ match, typed })
  })

  test('names only what was meant as a command when nothing is near', () => {
    expect(suggestCommand(['frobnicate', 'it', 'now'], commands, topics)).toEqual({
      match: undefined,
      typed: 'frobnicate',
    })
    expect(suggestCommand(['storage', 'teleport', 'x'], commands, topics)).toMatchObject({ typed: 'storage teleport' })
  })

  test('a flag ends the words of a command', () => {
    expect(suggestCommand(['devnet', 'pu', '--detach'], commands, topics)).toMatchObject({ match: 'devnet up' })
    expect(suggestCommand(['--versoin'], commands, topics)).toEqual({ match: '--version', typed: '--versoin' })
  })
})

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/errors/catalogue.ts'

type Flag = { char?: string }
type Command = { flags: Record<string, Flag> }

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const { commands } = JSON.parse(read('../../oclif.manifest.json')) as { commands: Record<string, Command> }
const knowledge = read('./knowledge.txt').split('\n')

/** Flags that oclif adds to every command, or that stand for the whole program. */
const ALWAYS = new Set(['--help', '--version'])

const fields = (...names: string[]): string[] =>
  knowledge
    .filter((line) => names.some((name) => line.startsWith(`${name}: `)))
    .map((line) => line.slice(line.indexOf(' ') + 1))

/** Every `code` of the answers, and what the [command] headers teach. */
const taught = (): string[] => {
  const quoted = fields('how', 'what', 'say').flatMap((line) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string),
  )
  const headers = knowledge
    .filter((line) => line.startsWith('[command] '))
    .map((line) => line.slice('[command] '.length))
  return [...new Set([...quoted, ...headers])]
}

/** The command that `0g a b …` runs, longest name first, or undefined when there is none. */
const commandOf = (code: string): Command | undefined => {
  const words = code
    .split(' ')
    .slice(1)
    .filter((word) => /^[a-z]+$/.test(word))
  return commands[words.slice(0, 2).join(':')] ?? commands[words[0] ?? '']
}

const flagsOf = (code: string): string[] => code.match(/(?<=^|\s)--?[a-z][a-z-]*/g) ?? []

const hasFlag = (command: Command, flag: string): boolean =>
  ALWAYS.has(flag) ||
  Object.entries(command.flags).some(
    ([name, { char }]) => flag === `--${name}` || (char !== undefined && flag === `-${char}`),
  )

describe('what og-tiny is taught', () => {
  test('names only commands that this version has', () => {
    const named = taught().filter((code) => /^0g [a-z]/.test(code) || /\$\(0g /.test(code))
    expect(named.length).toBeGreaterThan(40)
    for (const code of named) expect(commandOf(code.replace(/^.*\$\(/, '').replace(/\).*$/, '')), code).toBeDefined()
  })

  test('names only flags that the command has', () => {
    for (const code of taught()) {
      const command = commandOf(code)
      const candidates = command && code.startsWith('0g ') ? [command] : Object.values(commands)
      for (const flag of flagsOf(code)) {
        expect(ALWAYS.has(flag) || candidates.some((candidate) => hasFlag(candidate, flag)), `${flag} in ${code}`).toBe(
          true,
        )
      }
    }
  })

  test('explains only error codes that exist', () => {
    const asked = knowledge
      .filter((line) => line.startsWith('ERR: '))
      .flatMap((line) => line.slice('ERR: '.length).split('/'))
    const explained = taught().flatMap((code) => code.match(/(?<=^0g explain )[A-Z_]+/) ?? [])
    for (const code of [...asked, ...explained]) expect(Object.hasOwn(CATALOGUE, code), code).toBe(true)
  })

  test('does not say that the devnet starts services it has no commands for', () => {
    const topics = new Set(Object.keys(commands).map((name) => name.split(':')[0]))
    const ofDevnet = fields('how', 'what', 'say').filter((line) => /`0g devnet up|devnet is a/i.test(line))
    expect(ofDevnet.length).toBeGreaterThan(3)
    for (const service of ['KV', 'DA'].filter((name) => !topics.has(name.toLowerCase()))) {
      for (const line of ofDevnet) expect(line).not.toMatch(new RegExp(`\\b${service}\\b`))
    }
  })

  test('declines only commands that do not exist', () => {
    const start = knowledge.indexOf('[decline] unknown command')
    const about = knowledge.slice(start).find((line) => line.startsWith('about: ')) ?? ''
    const declined = about.slice('about: '.length).split(' | ')
    expect(declined.length).toBeGreaterThan(20)
    for (const code of declined) expect(commandOf(code), code).toBeUndefined()
  })
})

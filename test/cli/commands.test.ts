import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '@oclif/core'
import { describe, expect, test } from 'vitest'
import type { Envelope } from '../../src/cli/envelope.ts'
import { EXIT_CODES } from '../../src/errors/exit-codes.ts'
import { ROOT, runCli, startScript } from '../helpers/run-cli.ts'

type ManifestCommand = Command.Cached & { exitCodes?: Record<string, string>; rawOutput?: boolean; summary?: string }

const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, ManifestCommand>
}
const COMMANDS = Object.values(manifest.commands)
const KNOWN_EXIT_CODES = new Set<number>([0, ...Object.values(EXIT_CODES)])

const nameOf = ({ id }: ManifestCommand) => id.replaceAll(':', ' ')
const textOf = (example: Command.Example) => (typeof example === 'string' ? example : example.command)

test('the commands of every topic are there', () => {
  const topics = new Set(COMMANDS.map(({ id }) => id.split(':')[0]))
  for (const topic of ['devnet', 'chain', 'storage', 'compute', 'agent', 'verify', 'explain', 'completion', 'help']) {
    expect(topics).toContain(topic)
  }
})

describe.each(COMMANDS.map((command) => [nameOf(command), command] as const))('0g %s', (name, command) => {
  test('has a summary: imperative, lower case, at most 72 characters, no full stop', () => {
    const summary = command.summary ?? ''
    expect(summary).toMatch(/^[a-z0-9]/)
    expect(summary.length).toBeLessThanOrEqual(72)
    expect(summary).not.toMatch(/[.!]$/)
    expect(summary.split(' ')[0], 'imperative, not third person').not.toMatch(/[^s]s$/)
  })

  test('has an example that shows this command', () => {
    const examples = (command.examples ?? []).map(textOf)
    expect(examples.length).toBeGreaterThan(0)
    const shown = examples.map((text) =>
      text.replace(/<%=\s*config\.bin\s*%>/g, '0g').replace(/<%=\s*command\.id\s*%>/g, name),
    )
    expect(shown.some((text) => text.includes(`0g ${name}`))).toBe(true)
  })

  test('explains every flag and argument', () => {
    for (const [flag, { summary, description }] of Object.entries(command.flags)) {
      expect(summary ?? description ?? '', `--${flag}`).not.toBe('')
      expect(flag).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    }
    for (const [arg, { description }] of Object.entries(command.args)) expect(description ?? '', arg).not.toBe('')
  })

  test('takes the global flags', () => {
    for (const flag of ['json', 'output', 'quiet', 'devnet', 'network'])
      expect(Object.keys(command.flags)).toContain(flag)
  })

  test('declares only exit codes of the catalogue', () => {
    for (const [code, meaning] of Object.entries(command.exitCodes ?? {})) {
      expect(KNOWN_EXIT_CODES).toContain(Number(code))
      expect(meaning).not.toBe('')
    }
  })

  test('answers a usage error with one small envelope, exit 2', async () => {
    const { exitCode, stdout, stderr } = await runCli([...name.split(' '), '--no-such-flag', '--json'])
    const body = JSON.parse(stdout) as Envelope
    expect(exitCode).toBe(2)
    expect(stderr).toBe('')
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(2048)
    expect(body).toMatchObject({ schemaVersion: 1, command: name, ok: false, data: null })
    expect(['FLAG_UNKNOWN', 'ARGUMENT_MISSING', 'FLAG_INVALID']).toContain(body.error?.code)
  })
})

test('the reference pages are what the catalogue and the manifest say', async () => {
  const { exitCode, stderr } = await startScript(join(ROOT, 'scripts', 'gen-docs.mjs'), ['--check']).ended
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

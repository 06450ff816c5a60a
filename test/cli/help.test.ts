import { describe, expect, test } from 'vitest'
import { runCli, runJson } from '../helpers/run-cli.ts'

describe('help', () => {
  test('0g alone, --help, -h and help show topics with their summaries, exit 0', async () => {
    const texts = await Promise.all([[], ['--help'], ['-h'], ['help']].map((args) => runCli(args)))
    for (const { exitCode, stdout } of texts) {
      expect(exitCode).toBe(0)
      for (const topic of ['devnet', 'chain', 'storage', 'compute', 'agent']) {
        expect(stdout).toMatch(new RegExp(`^ {2}${topic} +\\w.+`, 'm'))
      }
    }
  })

  test('a topic lists its commands', async () => {
    const { exitCode, stdout } = await runCli(['chain'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('chain balance')
  })

  test('a command: usage on one line, arguments, flags, examples; the same behind --help and in help --json', async () => {
    const flag = await runCli(['explain', '--help'])
    expect(flag.stdout).toContain('$ 0g explain [CODE] [FLAGS]')
    for (const section of ['ARGUMENTS', 'GLOBAL FLAGS', 'EXAMPLES']) expect(flag.stdout).toContain(section)
    for (const line of flag.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const { body } = await runJson(['help', 'explain'])
    expect((body.data as { text: string }).text).toBe(flag.stdout.trimEnd())
  })

  test('exit codes a command declares are in its help', async () => {
    const { stdout } = await runCli(['verify', '--help'])
    expect(stdout).toContain('EXIT CODES')
    expect(stdout).toMatch(/^ {2}5 +\w/m)
    expect(stdout).toMatch(/^ {2}6 +\w/m)
  })
})

describe('explain', () => {
  test('one code', async () => {
    const { exitCode, stdout } = await runCli(['explain', 'not_running'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('NOT_RUNNING  DEVNET · exit 3')
  })

  test('all codes, one a line', async () => {
    const listed = await runCli(['explain', '--quiet'])
    const { body } = await runJson(['explain'])
    const { errors } = body.data as { errors: { code: string }[] }
    expect(listed.stdout.trimEnd().split('\n')).toEqual(errors.map(({ code }) => code))
    expect(errors.length).toBeGreaterThan(20)
  })

  test('an unknown code', async () => {
    const { exitCode, stderr } = await runCli(['explain', 'NOT_RUNING'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('did you mean NOT_RUNNING?')
  })
})

import { expect, test } from 'vitest'
import { runCli, runJson } from '../helpers/run-cli.ts'

test.each([
  [['explian', 'NOT_RUNNING'], '`0g explain`'],
  [['devent'], '`0g devnet`'],
  [['devent', 'up', '-d'], '`0g devnet up`'],
  [['stroage', 'put', 'x.bin'], '`0g storage put`'],
  [['chain', 'balnce', 'alice'], '`0g chain balance`'],
  [['verfy', '0xabc'], '`0g verify`'],
])('0g %j suggests %s without asking, exit 2', async (args, suggestion) => {
  const { exitCode, stdout, stderr } = await runCli(args)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('(COMMAND_UNKNOWN)')
  expect(stderr).toContain(`did you mean ${suggestion}?`)
})

test('nothing is suggested when nothing is near', async () => {
  const { exitCode, stderr } = await runCli(['frobnicate'])
  expect(exitCode).toBe(2)
  expect(stderr).not.toContain('did you mean')
})

test('an unknown command under --json is one small envelope', async () => {
  const { exitCode, body } = await runJson(['frobnicate', 'it'])
  expect(exitCode).toBe(2)
  expect(body).toMatchObject({ ok: false, data: null, error: { code: 'COMMAND_UNKNOWN' } })
  expect(JSON.stringify(body).length).toBeLessThan(2048)
})

test.each([
  [['explain', '--jsn'], '--json'],
  [['explain', '--quite'], '--quiet'],
  [['explain', '--ouput', 'json'], '--output'],
])('0g %j suggests %s', async (args, flag) => {
  const { exitCode, stderr } = await runCli(args)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('(FLAG_UNKNOWN)')
  expect(stderr).toContain(`did you mean ${flag}?`)
})

test('help of an unknown command is the same error', async () => {
  for (const args of [
    ['help', 'explian'],
    ['explian', '--help'],
  ]) {
    const { exitCode, stderr } = await runCli(args)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('did you mean `0g explain`?')
  }
})

test('global flags may come before the command', async () => {
  const { exitCode, stdout } = await runCli(['--json', 'explain', 'NOT_RUNNING'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ command: 'explain', ok: true })
  expect((await runCli(['-q', '--devnet', 'x', 'explain', 'BUG'])).stdout).toBe('BUG\n')
})

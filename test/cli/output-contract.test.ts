import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Envelope } from '../../src/cli/envelope.ts'
import { cleanEnv, ROOT, type RunCliOptions, startScript, tempDir } from '../helpers/run-cli.ts'

const TOY = join(ROOT, 'test', 'fixtures', 'toy-cli.ts')
const toy = (args: string[], options?: RunCliOptions) => startScript(TOY, args, options).ended

function onlyDocument(stdout: string): Envelope {
  return JSON.parse(stdout) as Envelope
}

describe('human output', () => {
  test('puts the result on stdout and everything else on stderr', async () => {
    const { exitCode, stdout, stderr } = await toy(['toy', 'work'])
    expect(exitCode).toBe(0)
    expect(stdout).toBe('streamed\ndid work as 0xabc\n')
    expect(stderr.split('\n')).toEqual([
      '… first step',
      '… first step 5 B/10 B (50 %)',
      '✓ first step  12 ms',
      'warning: a warning of the work',
      'warning: a warning of the command',
      'next: 0g toy again',
      '',
    ])
  })

  test('an empty rendering prints nothing', async () => {
    expect((await toy(['toy', 'silent'])).stdout).toBe('')
  })

  test('an error names what failed, why, the fix and where to read more, without control sequences of others', async () => {
    const { exitCode, stdout, stderr } = await toy(['toy', 'fail'])
    expect(exitCode).toBe(4)
    expect(stdout).toBe('')
    expect(stderr).toContain('error: the thing was not found (NOT_FOUND)\n')
    expect(stderr).toContain('deeper reason')
    expect(stderr).toContain('0g explain NOT_FOUND')
    expect(stderr).not.toMatch(/\n\s+at /)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(stderr).not.toMatch(/[\u0007\u001b]/)
  })

  test('log lines in the details of an error are shown', async () => {
    expect((await toy(['toy', 'log-lines'])).stderr).toContain('| line of the log')
  })

  test('OG_DEBUG=1 adds the stack', async () => {
    expect((await toy(['toy', 'fail'], { env: { OG_DEBUG: '1' } })).stderr).toMatch(/\n\s+at /)
  })

  test('an unforeseen error is a BUG with its stack, exit 70', async () => {
    const { exitCode, stderr } = await toy(['toy', 'bug'])
    expect(exitCode).toBe(70)
    expect(stderr).toContain('(BUG)')
    expect(stderr).toMatch(/\n\s+at /)
  })

  test('an error of the operating system is one of the catalogue', async () => {
    const { exitCode, stderr } = await toy(['toy', 'disk-full'])
    expect(exitCode).toBe(6)
    expect(stderr).toContain('(DISK_FULL)')
    expect(stderr).toContain('/full/file')
    expect(stderr).not.toContain('ENOSPC')
  })

  test('a finished check that says false exits 5 and still prints its result', async () => {
    const { exitCode, stdout } = await toy(['toy', 'false'])
    expect(exitCode).toBe(5)
    expect(stdout).toBe('did false as 0xabc\n')
  })
})

describe('--json', () => {
  test('prints one envelope and nothing on stderr', async () => {
    const { exitCode, stdout, stderr } = await toy(['toy', 'work', '--json'])
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(onlyDocument(stdout)).toEqual({
      schemaVersion: 1,
      command: 'toy',
      ok: true,
      data: { id: '0xabc', amountWei: '100000000000000000000', bytes: '0x01ff', what: 'work' },
      warnings: ['a warning of the work', 'a warning of the command'],
      error: null,
      next: ['0g toy again'],
      durationMs: expect.any(Number),
    })
  })

  test('an error is the same envelope with ok false', async () => {
    const { exitCode, stdout, stderr } = await toy(['toy', 'log-lines', '--json'])
    expect(exitCode).toBe(4)
    expect(stderr).toBe('')
    expect(onlyDocument(stdout)).toMatchObject({
      ok: false,
      data: null,
      error: { code: 'NOT_FOUND', category: 'RESOURCE', retryable: false, details: { logLines: ['line of the log'] } },
    })
  })

  test.each([
    ['unknown flag', ['toy', 'ok', '--bogus', '--json'], 'FLAG_UNKNOWN'],
    ['missing argument', ['toy', '--json'], 'ARGUMENT_MISSING'],
    ['too many arguments', ['toy', 'a', 'b', '--json'], 'ARGUMENT_UNEXPECTED'],
    ['bad value', ['toy', 'a', '--output', 'xml', '--json'], 'FLAG_INVALID'],
    ['missing value', ['toy', 'a', '--json', '--devnet'], 'FLAG_INVALID'],
    ['conflict', ['toy', 'a', '--json', '--quiet'], 'FLAG_CONFLICT'],
    ['missing flags', ['viewer', '--json'], 'ARGUMENT_MISSING'],
    ['not a number', ['toy', 'a', '--count', 'many', '--json'], 'FLAG_INVALID'],
    ['out of range', ['toy', 'a', '--count', '0', '--json'], 'FLAG_INVALID'],
    ['flags that exclude each other', ['toy', 'a', '--count', '1', '--size', '2', '--json'], 'FLAG_INVALID'],
  ])('%s is a small envelope, exit 2', async (_, args, code) => {
    const { exitCode, stdout, stderr } = await toy(args)
    expect(exitCode).toBe(2)
    expect(stderr).toBe('')
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(2048)
    expect(onlyDocument(stdout).error?.code).toBe(code)
  })

  test('an error of the catalogue thrown by a flag keeps its code and its words', async () => {
    const { exitCode, stdout } = await toy(['toy', 'a', '--size', 'huge', '--json'])
    expect(exitCode).toBe(4)
    expect(onlyDocument(stdout).error).toMatchObject({ code: 'FILE_NOT_FOUND', message: '--size: no such file: huge' })
  })

  test('a finished check that says false is ok, with exit 5', async () => {
    const { exitCode, stdout } = await toy(['toy', 'false', '--json'])
    expect(exitCode).toBe(5)
    expect(onlyDocument(stdout).ok).toBe(true)
  })

  test('does not read arguments from stdin', async () => {
    const { exitCode, stdout } = await toy(['toy', '--json'], { input: 'fail\n' })
    expect(exitCode).toBe(2)
    expect(onlyDocument(stdout).error?.code).toBe('ARGUMENT_MISSING')
  })

  test('a command that writes raw bytes refuses it', async () => {
    const { exitCode, stdout } = await toy(['cat', '--json'])
    expect(exitCode).toBe(2)
    expect(onlyDocument(stdout).error?.code).toBe('RAW_OUTPUT')
  })
})

describe('--output and OG_OUTPUT', () => {
  test('ndjson streams events, each a line with its type, and ends with the envelope', async () => {
    const { stdout, stderr } = await toy(['toy', 'work', '--output', 'ndjson'])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    expect(stderr).toBe('')
    expect(lines.map(({ type }) => type)).toEqual(['step', 'progress', 'step', 'warning', 'output', 'result'])
    expect(lines.at(-1)).toMatchObject({ ok: true, schemaVersion: 1, data: { id: '0xabc' } })
  })

  test('ndjson ends with the envelope of an error too', async () => {
    const { exitCode, stdout } = await toy(['toy', 'fail', '--output', 'ndjson'])
    expect(exitCode).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'result', ok: false, error: { code: 'NOT_FOUND' } })
  })

  test('OG_OUTPUT sets the format, a flag overrides it', async () => {
    const env = { OG_OUTPUT: 'json' }
    expect(onlyDocument((await toy(['toy', 'ok'], { env })).stdout).ok).toBe(true)
    expect((await toy(['toy', 'ok', '--quiet'], { env })).stdout).toBe('0xabc\n')
    expect((await toy(['toy', 'ok', '--output=human'], { env })).stdout).toBe('did ok as 0xabc\n')
  })

  test('OG_OUTPUT formats parse errors too, and a bad value is a usage error', async () => {
    const parse = await toy(['toy', 'ok', '--bogus'], { env: { OG_OUTPUT: 'json' } })
    expect(onlyDocument(parse.stdout).error?.code).toBe('FLAG_UNKNOWN')
    const bad = await toy(['toy', 'ok'], { env: { OG_OUTPUT: 'xml' } })
    expect(bad.exitCode).toBe(2)
    expect(bad.stderr).toContain('(FLAG_INVALID)')
  })

  test('OG_JSON=1 is --json', async () => {
    expect(onlyDocument((await toy(['toy', 'ok'], { env: { OG_JSON: '1' } })).stdout).ok).toBe(true)
  })

  test.each([['--quiet'], ['-q'], ['--output=quiet']])('%s prints only the primary id', async (flag) => {
    const { stdout, stderr } = await toy(['toy', 'work', flag])
    expect(stdout).toBe('0xabc\n')
    expect(stderr).toBe('')
  })

  test('several primary ids are one a line; errors are still told', async () => {
    expect((await toy(['toy', 'many', '-q'])).stdout).toBe('0xabc\n0xdef\n')
    const failed = await toy(['toy', 'fail', '-q'])
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toContain('(NOT_FOUND)')
  })
})

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s aborts the work and exits %i', async (signal, code) => {
    const process = startScript(TOY, ['toy', 'wait'])
    await process.said('waiting')
    process.child.kill(signal)
    const { exitCode, stderr } = await process.ended
    expect(exitCode).toBe(code)
    expect(stderr).toContain('(INTERRUPTED)')
  })

  test('work that ignores the abort is left behind after the grace', async () => {
    const process = startScript(TOY, ['toy', 'hang'])
    await process.said('waiting')
    process.child.kill('SIGINT')
    expect((await process.ended).exitCode).toBe(130)
  })

  test('under --output ndjson the envelope says INTERRUPTED', async () => {
    const process = startScript(TOY, ['toy', 'wait', '--output', 'ndjson'])
    await process.said('waiting')
    process.child.kill('SIGINT')
    const { exitCode, stdout } = await process.ended
    expect(exitCode).toBe(130)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'INTERRUPTED' } })
  })

  test('a viewer that ends by Ctrl-C exits 0', async () => {
    const process = startScript(TOY, ['viewer', '--name', 'a', '--model', 'b'])
    await process.said('waiting')
    process.child.kill('SIGINT')
    const { exitCode, stdout } = await process.ended
    expect(exitCode).toBe(0)
    expect(stdout).toBe('closed\n')
  })
})

describe('a reader that goes away', () => {
  test('ends a raw stream early, without an error', async () => {
    const child = spawn(process.execPath, [TOY, 'cat'], { env: cleanEnv(tempDir()), stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = (await once(child, 'close')) as [number]
    expect(stderr).toBe('stopped early\n')
    expect(code).toBe(0)
  })

  test('ends a command that goes on talking, silently', async () => {
    const child = spawn(process.execPath, [TOY, 'toy', 'chatter'], { env: cleanEnv(tempDir()) })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = (await once(child, 'close')) as [number]
    expect(stderr).toBe('waiting\n')
    expect(code).toBe(0)
  })

  test('does not disturb a command with much to print', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${TOY}" toy work | true`], { env: cleanEnv(tempDir()) })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    await once(child, 'close')
    expect(stderr).not.toContain('EPIPE')
    expect(stderr).not.toContain('error:')
  })
})

/** util-linux's `script`, which gives a command a pseudo terminal; other systems have another one or none. */
const SCRIPT = '/usr/bin/script'

if (process.platform === 'linux' && existsSync(SCRIPT)) {
  describe('on a terminal', () => {
    function onTerminal(command: string): string {
      const line = `stty cols 80 rows 24; "${process.execPath}" "${TOY}" ${command}`
      const env = { ...cleanEnv(tempDir()), TERM: 'xterm-256color' }
      return spawnSync(SCRIPT, ['-qec', line, '/dev/null'], { encoding: 'utf8', env, input: '' }).stdout
    }

    test('a step becomes a tick with its time, the result follows, and the cursor is back', () => {
      const raw = onTerminal('toy work')
      const text = stripVTControlCharacters(raw)
      expect(text).toContain('✔ first step  12 ms')
      expect(text.indexOf('did work as 0xabc')).toBeGreaterThan(text.lastIndexOf('first step'))
      expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'))
    })

    test('an error is coloured', () => {
      expect(onTerminal('toy fail')).toContain('\u001b[31merror:')
    })
  })
}

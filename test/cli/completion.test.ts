import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT, runCli, tempDir } from '../helpers/run-cli.ts'

const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, unknown>
}
/** Commands and topics right under chain. */
const chainCommands = [
  ...new Set(
    Object.keys(manifest.commands)
      .filter((id) => id.startsWith('chain:'))
      .map((id) => id.split(':')[1] ?? ''),
  ),
]

/** Absolute path of a shell, if this machine has it. */
function shellPath(name: string): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(delimiter)
  return dirs.map((dir) => join(dir, name)).find((path) => existsSync(path))
}

function runShell(shell: string, args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(shell, args, { encoding: 'utf8', cwd: tempDir() })
}

const scripts: Record<string, string> = {}
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { exitCode, stdout } = await runCli(['completion', shell])
    expect(exitCode).toBe(0)
    scripts[shell] = stdout
  }
})

function scriptFile(shell: string): string {
  const file = join(tempDir(), `completion.${shell}`)
  writeFileSync(file, scripts[shell] ?? '')
  return file
}

describe('bash', () => {
  /** What bash itself would offer: the registered completion is looked up with `complete -p` and called as bash calls it. */
  function complete(...words: string[]): string[] {
    const program = `
      source "$1"; shift
      registered=$(complete -p 0g) || exit 9
      [[ "$registered" =~ -F\\ ([^ ]+) ]] || exit 8
      COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
      "\${BASH_REMATCH[1]}" 0g "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { status, stdout, stderr } = runShell('bash', ['-c', program, 'bash', scriptFile('bash'), ...words])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return stdout.split('\n').filter(Boolean)
  }

  test('the script parses and loads under set -u, registering 0g', () => {
    const file = scriptFile('bash')
    expect(runShell('bash', ['-n', file])).toMatchObject({ status: 0, stderr: '' })
    const loaded = runShell('bash', ['--norc', '-euc', `source "${file}"; complete -p 0g`])
    expect(loaded).toMatchObject({ status: 0, stderr: '' })
    expect(loaded.stdout).toContain('_og_complete 0g')
  })

  test('topics and commands', () => {
    expect(complete('0g', 'ex')).toEqual(['explain'])
    expect(complete('0g', '')).toEqual(
      expect.arrayContaining(['agent', 'chain', 'compute', 'devnet', 'storage', 'verify']),
    )
    expect(complete('0g', 'chain', '').sort()).toEqual(chainCommands.sort())
    expect(complete('0g', 'chain', 'bal')).toEqual(['balance'])
  })

  test('flags, after other flags too', () => {
    expect(complete('0g', 'explain', '--js')).toEqual(['--json'])
    expect(complete('0g', '--json', 'explain', '--qu')).toEqual(['--quiet'])
    expect(complete('0g', 'chain', 'send', '--fr')).toEqual(['--from'])
    expect(complete('0g', '--v')).toEqual(['--version'])
  })

  test('values of flags and arguments', () => {
    expect(complete('0g', 'explain', '--output', '')).toEqual(['human', 'json', 'ndjson', 'quiet'])
    expect(complete('0g', 'explain', '--output', '=', 'n')).toEqual(['ndjson'])
    expect(complete('0g', 'chain', 'send', '--from', 'al')).toEqual(['alice'])
    expect(complete('0g', 'chain', 'logs', 'Led')).toEqual(['LedgerManager'])
    expect(complete('0g', 'explain', 'NOT_RUN')).toEqual(['NOT_RUNNING'])
    expect(complete('0g', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  test('nothing known leaves file names to bash', () => {
    expect(complete('0g', 'storage', 'put', '')).toEqual([])
  })
})

// zsh and fish are checked where they are installed; the tests need neither.
for (const shell of ['zsh', 'fish']) {
  const path = shellPath(shell)
  if (path) {
    test(`${shell} accepts the script`, () => {
      expect(runShell(path, ['-n', scriptFile(shell)])).toMatchObject({ status: 0, stderr: '' })
    })
  }
}

test('no name in a script is one its shell refuses for starting with a digit', () => {
  for (const script of Object.values(scripts)) expect(script).not.toMatch(/^\s*(function )?0g\w*\s*\(\)|\b0G_\w+=/m)
})

test('another shell is a usage error', async () => {
  const { exitCode, stderr } = await runCli(['completion', 'tcsh'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('bash, zsh, fish')
})

import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { cleanEnv, ROOT, tempDir } from '../helpers/run-cli.ts'

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }

/** A `node` that claims a version and otherwise says how it was called. */
function fakeNode(dir: string, claimed: string): void {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'node')
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "v${claimed}"; else echo "node ${claimed}: $*"; fi\n`,
  )
  chmodSync(file, 0o755)
}

/** A clone that holds only the launcher and, if `built`, what it looks for. */
function clone({ built }: { built: boolean }): string {
  const root = join(tempDir(), 'a clone')
  mkdirSync(join(root, 'bin'), { recursive: true })
  cpSync(join(ROOT, 'bin', '0g'), join(root, 'bin', '0g'))
  if (built) {
    mkdirSync(join(root, 'dist', 'cli'), { recursive: true })
    writeFileSync(join(root, 'dist', 'cli', 'run-command-line.js'), '')
    mkdirSync(join(root, 'node_modules', '@oclif', 'core'), { recursive: true })
  }
  return root
}

function launch(
  launcher: string,
  args: string[],
  path: string[],
): { status: number | null; stdout: string; stderr: string } {
  const PATH = [...path, '/usr/bin', '/bin'].join(delimiter)
  return spawnSync('/bin/sh', [launcher, ...args], { encoding: 'utf8', env: { ...cleanEnv(tempDir()), PATH } })
}

test('runs the CLI with the Node on PATH, through symlinks, from anywhere', () => {
  const dir = tempDir()
  symlinkSync(join(ROOT, 'bin', '0g'), join(dir, 'first'))
  symlinkSync('first', join(dir, 'second'))
  const { status, stdout } = launch(join(dir, 'second'), ['--version'], [dirname(process.execPath)])
  expect(stdout).toContain(`/${version} `)
  expect(status).toBe(0)
})

test.each([
  ['22.18.0', true],
  ['24.0.0', true],
  ['22.17.9', false],
  ['20.19.5', false],
  ['9.99.0', false],
])('takes a Node %s on PATH: %s', (claimed, taken) => {
  const root = clone({ built: true })
  const bin = join(tempDir(), 'bin')
  fakeNode(bin, claimed)
  const { status, stdout, stderr } = launch(join(root, 'bin', '0g'), ['storage', 'put', 'a b'], [bin])
  if (taken) expect(stdout).toBe(`node ${claimed}: ${root}/bin/run.js storage put a b\n`)
  else expect(stderr).toContain(`v${claimed}`)
  expect(status).toBe(taken ? 0 : 2)
})

test('falls back to the Node the bootstrap fetched', () => {
  const root = clone({ built: true })
  const old = join(tempDir(), 'bin')
  fakeNode(old, '20.1.0')
  fakeNode(join(root, '.toolchain', 'node-24.21.0', 'bin'), '24.21.0')
  expect(launch(join(root, 'bin', '0g'), ['x'], [old]).stdout).toContain('node 24.21.0: ')
})

test('without a Node says what to run', () => {
  const root = clone({ built: true })
  const old = join(tempDir(), 'bin')
  fakeNode(old, '20.1.0')
  const { status, stderr } = launch(join(root, 'bin', '0g'), ['x'], [old])
  expect(status).toBe(2)
  expect(stderr).toContain('npm run quickstart')
  expect(stderr).toContain(root)
})

test('without a build says what to run', () => {
  const bin = join(tempDir(), 'bin')
  fakeNode(bin, '24.0.0')
  const { status, stderr } = launch(join(clone({ built: false }), 'bin', '0g'), ['x'], [bin])
  expect(status).toBe(2)
  expect(stderr).toContain('npm run quickstart')
})

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Envelope } from '../../src/cli/envelope.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'bin', 'run.js')

export type RunCliOptions = {
  /** directory to run in, and HOME; default: a fresh one, removed when the command ended */
  cwd?: string
  /** added to a clean environment: nothing of OG_*, HOME or XDG_* of the machine gets in */
  env?: Record<string, string>
  /** text for stdin; default: stdin is closed */
  input?: string
  /** kills the process when the test gives up on it */
  signal?: AbortSignal
}

export type RunCliResult = { exitCode: number; stdout: string; stderr: string }

/** A temporary directory that is removed when the test ends. */
export function tempDir(prefix = '0g-test-'): string {
  const path = mkdtempSync(join(tmpdir(), prefix))
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/** Environment of a machine that has never seen 0g: its own HOME and state directory under `home`. */
export function cleanEnv(home: string, env: Record<string, string> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !/^(OG_|XDG_|NODE_OPTIONS$|HOME$|CI$|NO_COLOR$|FORCE_COLOR$|VITEST)/.test(name),
  ) as [string, string][]
  const state = { HOME: home, XDG_STATE_HOME: join(home, '.state'), XDG_CACHE_HOME: join(home, '.cache') }
  return { ...Object.fromEntries(inherited), NODE_ENV: 'production', ...state, ...env }
}

/** A process under test: its output so far, its end, and a way to wait for something it says. */
export type StartedProcess = {
  child: ChildProcessByStdio<Writable, Readable, Readable>
  output: { stdout: string; stderr: string }
  /** resolves when stdout or stderr contains the text; rejects when the process ends without having said it */
  said: (text: string) => Promise<void>
  ended: Promise<RunCliResult>
}

/** Starts a script under this Node with a clean environment; stdin is closed unless `input` is given. */
export function startScript(script: string, args: readonly string[], options: RunCliOptions = {}): StartedProcess {
  const home = options.cwd ?? mkdtempSync(join(tmpdir(), '0g-cli-'))
  const child = spawn(process.execPath, [script, ...args], {
    cwd: home,
    env: cleanEnv(home, options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal, killSignal: 'SIGKILL' } : {}),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      output[name] += text
      for (const listener of listeners) listener()
    })
  }
  const ended = Promise.withResolvers<RunCliResult>()
  child.on('error', ended.reject)
  child.on('close', (code, signal) => {
    if (options.cwd === undefined) rmSync(home, { recursive: true, force: true, maxRetries: 3 })
    ended.resolve({ exitCode: code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0)), ...output })
  })
  const said = (text: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const check = () => {
      if (output.stdout.includes(text) || output.stderr.includes(text)) resolve()
    }
    listeners.add(check)
    check()
    const gone = () => reject(new Error(`the process ended without saying ${JSON.stringify(text)}:\n${output.stderr}`))
    ended.promise.then(gone, reject)
    return promise.finally(() => listeners.delete(check))
  }
  return { child, output, said, ended: ended.promise }
}

/** Starts the built CLI (`node bin/run.js …`) and does not wait for it. */
export function startCli(args: readonly string[], options: RunCliOptions = {}): StartedProcess {
  return startScript(BIN, args, options)
}

/**
 * Runs the built CLI as a user would and waits for its end. Needs `dist/`: `npm run build`.
 * @example const { exitCode, stdout } = await runCli(['explain', 'NOT_RUNNING', '--json'])
 */
export function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<RunCliResult> {
  return startCli(args, options).ended
}

/** Runs a command with --json and answers its envelope with the exit code; fails when stdout is not exactly one document. */
export async function runJson(
  args: readonly string[],
  options: RunCliOptions = {},
): Promise<{ exitCode: number; body: Envelope }> {
  const { exitCode, stdout, stderr } = await runCli([...args, '--json'], options)
  try {
    return { exitCode, body: JSON.parse(stdout) as Envelope }
  } catch (cause) {
    throw new Error(`0g ${args.join(' ')}: stdout is not one JSON document (exit ${exitCode})\n${stdout}\n${stderr}`, {
      cause,
    })
  }
}

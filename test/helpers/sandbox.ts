import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leakSnapshot, markedProcesses, TEST_MARK, untilNoProcess } from './leaks.ts'

/** A private corner of the machine for one test: project directory, home, state and temporary directory of its own. */
export type Sandbox = {
  mark: string
  project: string
  temporary: string
  /** environment for processes the test starts */
  env: Record<string, string>
  /** throws when a process, socket or temporary directory of ours is left */
  assertNoLeaks: () => Promise<void>
} & AsyncDisposable

const originalTmp = tmpdir()

/**
 * Makes a sandbox and puts this process into it too (TMPDIR, HOME, XDG_STATE_HOME), so that library calls find what started
 * processes see. Disposing kills what is left and deletes everything.
 */
export function createSandbox(): Sandbox {
  const mark = randomUUID()
  const root = mkdtempSync(join(originalTmp, 'ogt-'))
  const [project, temporary, home] = ['project', 'tmp', 'home'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  for (const folder of [project, temporary, home]) mkdirSync(folder)
  const settings = { [TEST_MARK]: mark, TMPDIR: temporary, HOME: home, XDG_STATE_HOME: join(home, 'state') }
  const before = Object.fromEntries(Object.keys(settings).map((name) => [name, process.env[name]]))
  Object.assign(process.env, settings)
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[0] !== 'OG_DEVNET' && entry[0] !== 'OG_NETWORK',
  )
  return {
    mark,
    project,
    temporary,
    env: { ...Object.fromEntries(inherited), ...settings },
    assertNoLeaks: async () => {
      await untilNoProcess(mark)
      const { temporary: left } = leakSnapshot(mark, temporary)
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of markedProcesses(mark)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // gone meanwhile
        }
      }
      await untilNoProcess(mark)
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      rmSync(root, { recursive: true, force: true })
    },
  }
}

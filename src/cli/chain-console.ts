import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { format, inspect } from 'node:util'
import { createContext } from 'node:vm'
import { ogError, toOgError } from '../errors/og-error.ts'
import { evaluateStatement, NotJavaScript } from './evaluate-statement.ts'
import { renderError } from './render-error.ts'

type Scope = Record<string, unknown>

/** A failure at the prompt, which shows it and goes on. */
class Failure {
  readonly text: string

  constructor(error: unknown) {
    const own = toOgError(error)
    this.text = own.code === 'BUG' ? String(error) : renderError(own, { debug: false }).trimEnd()
  }
}

function show(value: unknown, colors: boolean): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 5, colors, maxArrayLength: 50 })
}

/** A prompt on the terminal until Ctrl-D: promises are awaited, errors shown, history is kept in `historyFile`. */
export async function interactiveConsole(scope: Scope, historyFile: string): Promise<void> {
  const { Recoverable, start } = await import('node:repl')
  const colors = process.stdout.hasColors?.() ?? false
  const server = start({
    prompt: '0g> ',
    ignoreUndefined: true,
    preview: false,
    writer: (value: unknown) => (value instanceof Failure ? value.text : show(value, colors)),
    eval: (code, context, _file, done) => {
      evaluateStatement(code, context).then(
        (value) => done(null, value),
        (error: unknown) => {
          if (error instanceof NotJavaScript && error.isIncomplete) done(new Recoverable(error), undefined)
          else done(null, new Failure(error))
        },
      )
    },
  })
  Object.assign(server.context, scope)
  mkdirSync(dirname(historyFile), { recursive: true })
  server.setupHistory(historyFile, () => {})
  await once(server, 'exit')
}

/**
 * Runs a script statement by statement and hands out what each gives, and what it logs. Promises are awaited, and the first error
 * ends it.
 * @throws OgError as thrown by what the script called; CONSOLE_FAILED for errors of the script itself
 */
export async function runConsoleScript(
  scope: Scope,
  script: string,
  onValue: (text: string, value: unknown) => void,
): Promise<void> {
  const log = (...values: unknown[]) => onValue(format(...values), format(...values))
  const context = createContext({ console: { log }, setTimeout, clearTimeout, Buffer, URL, fetch, ...scope })
  const lines = script.trimEnd().split('\n')
  let code = ''
  for (const [at, line] of lines.entries()) {
    code += `${line}\n`
    if (code.trim() === '') continue
    try {
      const value = await evaluateStatement(code, context)
      code = ''
      if (value !== undefined) onValue(show(value, false), value)
    } catch (error) {
      if (error instanceof NotJavaScript && at < lines.length - 1) continue
      const own = toOgError(error)
      if (own.code !== 'BUG') throw own
      const first = at + 2 - code.split('\n').length
      throw ogError('CONSOLE_FAILED', { line: first + 1, reason: String(error) }, { cause: error })
    }
  }
}

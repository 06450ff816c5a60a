import { type Context, Script } from 'node:vm'

/** The code is not JavaScript, or not yet: more lines may complete it. */
export class NotJavaScript extends Error {
  /** whether the text ends too early */
  readonly isIncomplete: boolean

  constructor(cause: Error) {
    super(cause.message, { cause })
    this.isIncomplete = /Unexpected token '[})]'|missing \) after|Unterminated template/.test(cause.message)
  }
}

/**
 * Runs one statement in a context, awaits it, and answers its value (undefined for anything but an expression). What it declares
 * becomes part of the context, so that `const x = await f()` works as at a prompt.
 * @throws NotJavaScript; whatever the code throws
 */
export async function evaluateStatement(code: string, context: Context): Promise<unknown> {
  const trimmed = code.trim().replace(/;+$/, '')
  return await (compile(trimmed).runInContext(context) as Promise<unknown>)
}

function compile(code: string): Script {
  const [, , name] = /^(async\s+function\s*\*?|function\s*\*?|class)\s+([\w$]+)/.exec(code) ?? []
  if (name !== undefined) return scriptOf(`void (${name} = ${code}\n)`)
  const [, declared] = /^(?:const|let|var)\s+([\s\S]+)$/.exec(code) ?? []
  if (declared !== undefined) return scriptOf(`void (${declared}\n)`)
  try {
    return scriptOf(`return (${code}\n)`)
  } catch {
    return scriptOf(code)
  }
}

function scriptOf(body: string): Script {
  try {
    return new Script(`(async () => {${body}\n})()`, { filename: 'console' })
  } catch (error) {
    throw new NotJavaScript(error as Error)
  }
}

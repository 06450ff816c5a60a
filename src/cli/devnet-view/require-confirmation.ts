import { ogError } from '../../errors/og-error.ts'
import { confirm } from './confirm.ts'

/** Asks a person on the terminal before something is lost. @throws CONFIRMATION_REQUIRED without a yes, or without anybody to ask */
export async function requireConfirmation(options: {
  /** what will be lost, for the error: "deleting the state in …" */
  what: string
  question: string
  isConfirmed: boolean
  /** a person may be asked, if there is a terminal */
  mayAsk: boolean
  signal: AbortSignal
}): Promise<void> {
  const { what, question, isConfirmed, mayAsk, signal } = options
  if (isConfirmed) return
  const canAsk = mayAsk && process.stdin.isTTY === true && process.stderr.isTTY === true
  if (!canAsk || !(await confirm(question, signal))) throw ogError('CONFIRMATION_REQUIRED', { what })
}

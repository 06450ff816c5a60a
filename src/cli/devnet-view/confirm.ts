import { createInterface } from 'node:readline/promises'

/** Asks on the terminal (stderr), default no. False at once without a terminal to ask on; rejects when `signal` aborts. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    // readline swallows Ctrl-C: hand it on as the signal it stands for.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    const answer = await reader.question(`${question} [y/N] `, { signal })
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    reader.close()
  }
}

import { once } from 'node:events'
import type { Channels } from './sink.ts'

/** How the system says that nobody reads any more. */
const GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

let closed = false
const closedListeners = new Set<() => void>()

/**
 * Makes a reader that went away (`| head`) a normal end: EPIPE on stdout or stderr is swallowed and later writes are dropped.
 * Call once, before anything is written.
 */
export function ignoreEpipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // oclif's own listener forgives EPIPE only, but a reader that is a socket can answer with ECONNRESET.
    stream.removeAllListeners('error')
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) throw error
      if (stream !== process.stdout || closed) return
      closed = true
      for (const listener of closedListeners) listener()
    })
  }
}

/** Calls back when the reader of stdout has gone, so that a command that only talks to it can stop. Answers how to unsubscribe. */
export function onStdoutClosed(listener: () => void): () => void {
  closedListeners.add(listener)
  return () => closedListeners.delete(listener)
}

/** True once nobody reads stdout any more. */
export function stdoutClosed(): boolean {
  return closed || process.stdout.destroyed || process.stdout.writableEnded
}

/** True where progress can be drawn: a terminal of known width that understands cursor movement, watched by a person. */
function canDraw(): boolean {
  const { isTTY, columns } = process.stderr
  return isTTY === true && columns > 0 && !process.env['CI'] && process.env['TERM'] !== 'dumb'
}

/** The channels of this process. */
export function processChannels(): Channels {
  return {
    stdout: (text) => void (stdoutClosed() || process.stdout.write(text)),
    stderr: (text) => void process.stderr.write(text),
    stderrIsTty: canDraw(),
  }
}

/** Writes to stdout and waits until the reader can take more; false when the reader is gone. */
export async function writeBytes(bytes: Uint8Array | string): Promise<boolean> {
  if (stdoutClosed()) return false
  if (!process.stdout.write(bytes)) {
    const drained = new AbortController()
    const options = { signal: drained.signal }
    const ended = [once(process.stdout, 'drain', options), once(process.stdout, 'close', options)]
    await Promise.race(ended).catch(() => {})
    drained.abort()
    await Promise.allSettled(ended)
  }
  return !stdoutClosed()
}

/** Waits until everything written to stdout and stderr has left the process. */
export async function flushStdio(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((done) => (stream.destroyed ? done() : void stream.write('', () => done()))),
    ),
  )
}

import pino, { type Logger } from 'pino'

/** Keys whose values never reach a log, wherever they stand (hiero-local-node prints keys into CI artefacts). */
const REDACTED = ['privateKey', 'mnemonic', '*.privateKey', '*.mnemonic', '*.*.privateKey']

/**
 * Logger of a child: NDJSON on stdout, which the supervisor writes to `logs/<service>.ndjson`.
 * Synchronous, because the lines before a crash are the ones that matter and an asynchronous buffer would lose them.
 */
export function createChildLogger(name: string, level: string): Logger {
  const destination = pino.destination({ dest: 1, sync: true })
  // The supervisor is gone when its end of the pipe is: the IPC disconnect stops this process, logging must not kill it first.
  destination.on('error', () => {})
  return pino(
    {
      level,
      base: { svc: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    destination,
  )
}

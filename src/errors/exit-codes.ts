/** What a script may rely on: one exit code per error category (engineering rules, docs/errors). */
export const EXIT_CODES = {
  USAGE: 2,
  CONFIG: 2,
  DEVNET: 3,
  RESOURCE: 4,
  VERIFY: 5,
  RUNTIME: 6,
  INTERNAL: 70,
  /** SIGINT; SIGTERM exits 143 and SIGHUP 129 */
  SIGNAL: 130,
} as const

export type ErrorCategory = keyof typeof EXIT_CODES

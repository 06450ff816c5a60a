import type { ErrorCategory } from './exit-codes.ts'

/**
 * Every error a user can meet, as data. `message` says what failed and why, `hint` how to fix it, `docs` is the paragraph
 * `0g explain CODE` prints. `{name}` in message or hint is filled from the arguments, which the template types.
 * Codes are an API: never rename one, never move one to another category.
 */
export type CatalogueEntry = {
  readonly category: ErrorCategory
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean
  readonly docs: string
}

export const CATALOGUE = {
  FLAG_INVALID: {
    category: 'USAGE',
    message: '{reason}',
    hint: 'see `0g {command} --help`',
    docs: 'A flag or argument could not be understood. Nothing was done. The help of the command lists every flag with an example.',
  },
  NOT_RUNNING: {
    category: 'DEVNET',
    message: 'no devnet is running here ({path})',
    hint: 'start one with `0g devnet up -d`, or name another with --devnet NAME',
    docs: 'The command needs a running network and found none: not in this directory or a parent, nor under the name given by --devnet or OG_DEVNET.',
  },
  NETWORK_UNREACHABLE: {
    category: 'RUNTIME',
    retryable: true,
    message: '{url} did not answer: {reason}',
    hint: 'is the network up? `0g devnet status`',
    docs: 'A request to a service got no answer at all: nothing listens there, or the connection broke before the reply.',
  },
  TIMEOUT: {
    category: 'RUNTIME',
    retryable: true,
    message: '{what} did not finish within {timeoutMs} ms',
    hint: 'look at `0g devnet status` and `0g devnet logs`, or allow more time with --timeout',
    docs: 'An operation took longer than its deadline. It may still finish in the background.',
  },
  NOT_FOUND: {
    category: 'RESOURCE',
    message: '{what} was not found',
    hint: 'check the name or id; `0g {topic} ls` lists what is there',
    docs: 'The named thing does not exist on this network.',
  },
  FILE_NOT_FOUND: {
    category: 'RESOURCE',
    message: 'no such file: {path}',
    hint: 'check the path; relative paths start at the current directory',
    docs: 'A local file or directory named on the command line does not exist or cannot be read.',
  },
  BUG: {
    category: 'INTERNAL',
    message: 'unexpected: {reason}',
    hint: 'this is a defect of 0g: please report it with the stack below (re-run with OG_DEBUG=1)',
    docs: 'Something happened that the program did not foresee. The stack trace tells where.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

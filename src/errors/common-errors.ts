import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors any command can meet: the command line, files, the network, time. */
export const COMMON_ERRORS = {
  FLAG_INVALID: {
    category: 'USAGE',
    message: '{reason}',
    hint: 'see `0g {command} --help`',
    docs: 'A flag or argument could not be understood. Nothing was done. The help of the command lists every flag with an example.',
  },
  FLAG_UNKNOWN: {
    category: 'USAGE',
    message: 'unknown flag {flag}',
    hint: '{suggestion}see `0g {command} --help`',
    docs: 'The command has no such flag. Nothing was done. If a flag is one or two letters away, the hint names it.',
  },
  FLAG_CONFLICT: {
    category: 'USAGE',
    message: '{first} and {second} cannot be used together',
    hint: 'leave one of them out; see `0g {command} --help`',
    docs: 'Two flags ask for things that exclude each other. Nothing was done.',
  },
  VALUE_INVALID: {
    category: 'USAGE',
    message: '{value} is not {expected}',
    hint: '{example}',
    docs: 'An amount, duration, address, hash, function or argument could not be understood. Nothing was sent.',
  },
  ARGUMENT_MISSING: {
    category: 'USAGE',
    message: 'missing {names}',
    hint: 'see `0g {command} --help` for the arguments and an example',
    docs: 'The command needs an argument or a flag that was not given. Nothing was done.',
  },
  ARGUMENT_UNEXPECTED: {
    category: 'USAGE',
    message: 'unexpected argument {values}',
    hint: 'quote arguments that contain spaces; see `0g {command} --help`',
    docs: 'More arguments were given than the command takes. Nothing was done. A prompt or name with spaces needs quotes.',
  },
  COMMAND_UNKNOWN: {
    category: 'USAGE',
    message: 'there is no command `0g {command}`',
    hint: '{suggestion}`0g --help` lists all commands',
    docs: 'The words after 0g name no command. Nothing was done. If a command is one or two letters away, the hint names it.',
  },
  RAW_OUTPUT: {
    category: 'USAGE',
    message: '`0g {command}` writes raw bytes to stdout and cannot print JSON',
    hint: 'leave out --json / --output, or write to a file instead',
    docs: 'Commands such as `storage cat` put the bytes themselves on stdout. A JSON envelope on the same stream would corrupt them, so the two cannot be combined.',
  },
  CONFIRMATION_REQUIRED: {
    category: 'USAGE',
    message: '{what} needs a confirmation',
    hint: 'repeat with --yes',
    docs: 'The command destroys data and asks before it does. There is no terminal to ask on, so it did nothing.',
  },
  ERROR_CODE_UNKNOWN: {
    category: 'USAGE',
    message: 'no error has the code {code}',
    hint: '{suggestion}`0g explain` lists all codes',
    docs: 'The argument of `0g explain` must be the code of an error of this version, as printed with the error.',
  },
  INTERRUPTED: {
    category: 'SIGNAL',
    message: 'interrupted by {signal}',
    hint: 'run the command again; what was acknowledged before the interruption is kept',
    docs: 'The command was stopped by Ctrl-C or by a signal before it finished. The exit code is 128 plus the number of the signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.',
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
  PATH_UNUSABLE: {
    category: 'RESOURCE',
    message: '{path} cannot be used here: {reason}',
    hint: 'name a path of the right kind (a file where a file is wanted, a directory where a directory is)',
    docs: 'A path exists but is of the wrong kind, for example a directory where a file is needed, or a file in the middle of a path.',
  },
  PERMISSION_DENIED: {
    category: 'RUNTIME',
    message: 'not allowed to write or read {path}: {reason}',
    hint: 'check the owner and mode of the path, and that the file system is not read-only',
    docs: 'The operating system refused access to a file or directory. Nothing was changed there.',
  },
  DIR_NOT_WRITABLE: {
    category: 'RUNTIME',
    message: 'cannot write to {path}: {reason}',
    hint: 'change its rights, or run in a directory you own',
    docs: 'The state of a devnet lives in .0g/ of the current directory, and that directory does not allow it.',
  },
  DISK_FULL: {
    category: 'RUNTIME',
    retryable: true,
    message: 'no space left to write {path}',
    hint: 'free some space (`0g devnet list` shows where networks keep their state), then run the command again',
    docs: 'The disk or the quota is full. Files are written under a temporary name and renamed when complete, so no half-written file took the place of a good one.',
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
  BUG: {
    category: 'INTERNAL',
    message: 'unexpected: {reason}',
    hint: 'this is a defect of 0g: please report it with the stack below (re-run with OG_DEBUG=1)',
    docs: 'Something happened that the program did not foresee. The stack trace tells where.',
  },
} as const satisfies Record<string, CatalogueEntry>

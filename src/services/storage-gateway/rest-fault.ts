/** Codes of the REST envelope with their messages (0G storage spec §4.6). */
const MESSAGES = {
  1: 'Invalid parameter',
  101: 'File not found',
  102: 'File already pruned',
  103: 'File not finalized yet',
  104: 'File path not found',
  105: 'File size too large',
  106: 'File type unsupported',
} as const

export const INVALID_PARAMETER = 1
export const FILE_NOT_FOUND = 101
export const FILE_PRUNED = 102
export const FILE_NOT_FINALIZED = 103
export const PATH_NOT_FOUND = 104
export const FILE_TOO_LARGE = 105
export const TYPE_UNSUPPORTED = 106

/** An answer of the REST gateway that says why there is no result. */
export class RestFault extends Error {
  readonly code: keyof typeof MESSAGES
  readonly data: unknown

  constructor(code: keyof typeof MESSAGES, data: unknown = null) {
    super(MESSAGES[code])
    this.code = code
    this.data = data
  }
}

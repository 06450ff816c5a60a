/** An error code of the catalogue with the arguments its templates need. */
export type ClassifiedError =
  | { code: 'FILE_NOT_FOUND' | 'DISK_FULL'; args: { path: string } }
  | { code: 'PERMISSION_DENIED' | 'PATH_UNUSABLE'; args: { path: string; reason: string } }
  | { code: 'NETWORK_UNREACHABLE'; args: { url: string; reason: string } }

type SystemError = Error & { code: string; path?: string; dest?: string; address?: string; port?: number }

function isSystemError(value: unknown): value is SystemError {
  return value instanceof Error && 'code' in value && typeof value.code === 'string'
}

/**
 * Names what the operating system or the network stack refused in the catalogue's words, or undefined when the failure is not one
 * a user can act on (a missing program, a bad argument of ours).
 */
export function classifySystemError(value: unknown): ClassifiedError | undefined {
  if (!isSystemError(value)) return undefined
  const path = value.dest ?? value.path ?? 'a file'
  switch (value.code) {
    case 'ENOENT':
      if (value.path === undefined || value.message.startsWith('spawn ')) return undefined
      return { code: 'FILE_NOT_FOUND', args: { path: value.path } }
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'DISK_FULL', args: { path } }
    case 'EACCES':
    case 'EPERM':
      return { code: 'PERMISSION_DENIED', args: { path, reason: 'permission denied' } }
    case 'EROFS':
      return { code: 'PERMISSION_DENIED', args: { path, reason: 'read-only file system' } }
    case 'EISDIR':
      return { code: 'PATH_UNUSABLE', args: { path, reason: 'it is a directory' } }
    case 'ENOTDIR':
      return { code: 'PATH_UNUSABLE', args: { path, reason: 'a part of it is not a directory' } }
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_CONNECT_TIMEOUT': {
      const url = value.address ? `${value.address}:${value.port}` : 'the network'
      return { code: 'NETWORK_UNREACHABLE', args: { url, reason: value.code } }
    }
    default:
      return undefined
  }
}

/** A thrown value and its causes, outermost first; a cycle or an absurd depth ends the walk. */
export function* causes(value: unknown): Generator<unknown> {
  let link = value
  for (let depth = 0; depth < 10 && link !== undefined && link !== null; depth += 1) {
    yield link
    link = link instanceof Error ? link.cause : undefined
  }
}

import { describe, expect, test } from 'vitest'
import { EXIT_CODES } from './exit-codes.ts'
import { fromSerialized, isOgError, OgError, ogError, toOgError } from './og-error.ts'

describe('ogError', () => {
  test('fills the templates and takes category, exit code and retryability from the catalogue', () => {
    const cause = new Error('socket closed')
    const error = ogError('NETWORK_UNREACHABLE', { url: 'http://x', reason: 'refused' }, { cause, details: { n: 1 } })
    expect(error).toBeInstanceOf(OgError)
    expect(error.message).toBe('http://x did not answer: refused')
    expect(error).toMatchObject({
      category: 'RUNTIME',
      exitCode: EXIT_CODES.RUNTIME,
      retryable: true,
      details: { n: 1 },
      cause,
    })
  })

  test('an argument that looks like a placeholder is not filled again', () => {
    expect(ogError('NOT_FOUND', { what: '{topic} $&', topic: 'x' }).message).toBe('{topic} $& was not found')
  })
})

test('an error survives the way through JSON', () => {
  const sent = ogError('NOT_FOUND', { what: 'it', topic: 'storage' }, { details: { root: '0x1' } })
  const received = fromSerialized(JSON.parse(JSON.stringify(sent)))
  expect(received.toJSON()).toEqual(sent.toJSON())
  expect(received.exitCode).toBe(sent.exitCode)
})

test('an unknown code from another version becomes BUG and keeps its text', () => {
  const received = fromSerialized({ code: 'LATER', category: 'RUNTIME', message: 'm', hint: '', retryable: false })
  expect(received.code).toBe('BUG')
  expect(received.message).toContain('LATER')
})

test('a name of Object.prototype is not a code', () => {
  const received = fromSerialized({
    code: 'constructor',
    category: 'RUNTIME',
    message: 'm',
    hint: '',
    retryable: false,
  })
  expect(received.code).toBe('BUG')
})

test('isOgError recognises the brand, also of another copy of the package', () => {
  expect(isOgError(ogError('NOT_RUNNING', { path: '/x' }))).toBe(true)
  expect(isOgError({ [Symbol.for('0g.OgError')]: true })).toBe(true)
  expect(isOgError(new Error('x'))).toBe(false)
  expect(isOgError(undefined)).toBe(false)
})

describe('toOgError', () => {
  test('an error of ours anywhere in the causes wins', () => {
    const inner = ogError('NOT_RUNNING', { path: '/x' })
    expect(toOgError(new Error('outer', { cause: new Error('middle', { cause: inner }) }))).toBe(inner)
  })

  test.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EACCES', 'PERMISSION_DENIED'],
    ['EPERM', 'PERMISSION_DENIED'],
    ['EROFS', 'PERMISSION_DENIED'],
    ['ENOENT', 'FILE_NOT_FOUND'],
    ['EISDIR', 'PATH_UNUSABLE'],
    ['ENOTDIR', 'PATH_UNUSABLE'],
    ['ECONNREFUSED', 'NETWORK_UNREACHABLE'],
    ['UND_ERR_SOCKET', 'NETWORK_UNREACHABLE'],
    ['EWHATEVER', 'BUG'],
  ])('%s becomes %s', (systemCode, code) => {
    const cause = Object.assign(new Error(systemCode), { code: systemCode, path: '/p', address: '127.0.0.1', port: 1 })
    const error = toOgError(new Error('wrapped', { cause }))
    expect(error.code).toBe(code)
    if (code !== 'BUG') expect(error.message).toContain(code === 'NETWORK_UNREACHABLE' ? '127.0.0.1:1' : '/p')
  })

  test('a program that cannot be started is not a missing file of the user', () => {
    const error = Object.assign(new Error('spawn git ENOENT'), { code: 'ENOENT', path: 'git' })
    expect(toOgError(error).code).toBe('BUG')
  })

  test('things that are not errors, and causes that go in circles', () => {
    expect(toOgError('text').message).toContain('text')
    expect(toOgError(undefined).code).toBe('BUG')
    const circular = new Error('round')
    circular.cause = circular
    expect(toOgError(circular).code).toBe('BUG')
  })
})

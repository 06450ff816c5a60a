import { expect, test } from 'vitest'
import { CATALOGUE } from '../errors/catalogue.ts'
import { explainError, listErrors } from './explain-error.ts'
import { renderExplanations } from './render-explanation.ts'

test('every code can be explained and fits 80 columns', () => {
  expect(listErrors().map(({ code }) => code)).toEqual(Object.keys(CATALOGUE))
  for (const error of listErrors()) {
    const text = renderExplanations([explainError(error.code)])
    expect(text).toContain(`${error.code}  ${error.category} · exit ${error.exitCode}`)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  }
})

test('a code may be typed in lower case and with dashes', () => {
  expect(explainError('not-running').code).toBe('NOT_RUNNING')
})

test('an unknown code is a usage error that names the nearest one', () => {
  expect(() => explainError('NOT_RUNING')).toThrowError(
    expect.objectContaining({ code: 'ERROR_CODE_UNKNOWN', hint: expect.stringContaining('NOT_RUNNING') }),
  )
  expect(() => explainError('constructor')).toThrowError(expect.objectContaining({ code: 'ERROR_CODE_UNKNOWN' }))
})

import { describe, expect, test, vi } from 'vitest'
import { isSameProcessAlive, ownIdentity, type ProcessIdentity, signalProcess } from './process-identity.ts'

describe('a process named by a file that anything may have written', () => {
  // kill(0) and kill(-1) reach a whole process group and everything this user runs.
  test.each([
    { pid: -1 },
    { pid: 0 },
    { pid: 1 },
    { pid: 2 ** 40 },
    { pid: 1.5 },
    { pid: '../self' },
    {},
    null,
    'text',
    { pid: process.pid },
    { pid: process.pid, startTime: '' },
    { pid: process.pid, startTime: 'another' },
    { pid: -1, startTime: ownIdentity().startTime },
  ])('%j is not alive and never gets a signal', (value) => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    try {
      expect(isSameProcessAlive(value as ProcessIdentity)).toBe(false)
      expect(signalProcess(value as ProcessIdentity, 'SIGKILL')).toBe(false)
      expect(kill).not.toHaveBeenCalled()
    } finally {
      kill.mockRestore()
    }
  })

  test('this process is', () => {
    expect(isSameProcessAlive(ownIdentity())).toBe(true)
  })
})

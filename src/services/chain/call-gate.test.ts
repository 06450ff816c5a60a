import { expect, test } from 'vitest'
import { CallGate } from './call-gate.ts'
import { RpcFault } from './methods/rpc-fault.ts'

test('lets four in, the others in order, and refuses when too many wait', async () => {
  const gate = new CallGate()
  const doors = Array.from({ length: 10_004 }, () => Promise.withResolvers<void>())
  const entered: number[] = []
  const passed = doors.map(({ promise }, at) =>
    gate.pass(() => {
      entered.push(at)
      return promise
    }),
  )
  await expect(gate.pass(() => undefined)).rejects.toBeInstanceOf(RpcFault)
  expect(entered).toEqual([0, 1, 2, 3])
  for (const { resolve } of doors) resolve()
  await Promise.all(passed)
  expect(entered).toEqual(doors.map((_, at) => at))
  expect(await gate.pass(() => 'free again')).toBe('free again')
})

test('one that fails lets the next one in', async () => {
  const gate = new CallGate()
  const failing = Array.from({ length: 8 }, () => gate.pass(() => Promise.reject(new Error('no'))))
  for (const outcome of await Promise.allSettled(failing)) expect(outcome.status).toBe('rejected')
  expect(await gate.pass(() => 1)).toBe(1)
})

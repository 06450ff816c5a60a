import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HealthWatch } from './health-watch.ts'

const POLICY = { everyMs: 100, unhealthyAfter: 2, restartAfter: 4 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A watch whose probes answer as the list says (true: well), and what it reported after each round. */
function watched(answers: boolean[], mayBlame: () => boolean = () => true) {
  const said: string[] = []
  const probe = vi.fn(async () => {
    if (answers.shift() === false) throw new Error('no answer')
  })
  const watch = new HealthWatch({
    policy: POLICY,
    probe,
    mayBlame,
    onHealthy: () => said.push('healthy'),
    onUnhealthy: () => said.push('unhealthy'),
    onHung: (_, misses) => said.push(`hung after ${misses}`),
  })
  watch.start()
  return { said, probe, watch }
}

const rounds = (count: number) => vi.advanceTimersByTimeAsync(POLICY.everyMs * count)

test('one miss is nothing; some in a row are unhealthy, more are hung, and then it is for others to act', async () => {
  const { said, probe } = watched([true, false, true, false, false, true, false, false, false, false, true])
  await rounds(20)
  expect(said).toEqual(['healthy', 'healthy', 'unhealthy', 'healthy', 'unhealthy', 'unhealthy', 'hung after 4'])
  expect(probe).toHaveBeenCalledTimes(10)
})

test('nobody is blamed while something else is the reason', async () => {
  let isOwnFault = false
  const { said, probe } = watched([false, false, false, false, false], () => isOwnFault)
  await rounds(10)
  expect(probe).not.toHaveBeenCalled()
  isOwnFault = true
  await rounds(2)
  expect(said).toEqual(['unhealthy'])
})

test('a probe that never ends is a miss, and no second one is started meanwhile', async () => {
  const probe = vi.fn(() => new Promise<void>(() => {}))
  const onHung = vi.fn()
  const nothing = () => {}
  const watch = new HealthWatch({
    policy: POLICY,
    probe,
    mayBlame: () => true,
    onHealthy: nothing,
    onUnhealthy: nothing,
    onHung,
  })
  watch.start()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(probe).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(40_000)
  expect(probe).toHaveBeenCalledTimes(4)
  expect(onHung).toHaveBeenCalledTimes(1)
})

test('stops, also in the middle of a probe', async () => {
  const { said, watch } = watched([true, false, false, false, false])
  await rounds(1)
  watch.stop()
  await rounds(10)
  expect(said).toEqual(['healthy'])
})

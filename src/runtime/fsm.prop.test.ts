import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEvent, hasProcess, SERVICE_EVENTS, type ServiceEvent, TRANSITIONS } from './fsm.ts'
import type { ServiceStatus } from './manifest.ts'

const events = fc.array(fc.constantFrom(...SERVICE_EVENTS), { maxLength: 60 })

/** Runs events as the supervisor does: an illegal one is dropped. */
function run(sequence: readonly ServiceEvent[]): { event: ServiceEvent; from: ServiceStatus; to: ServiceStatus }[] {
  let status: ServiceStatus = 'pending'
  return sequence.flatMap((event) => {
    const to = applyEvent(status, event)
    if (!to) return []
    const step = { event, from: status, to }
    status = to
    return [step]
  })
}

describe('service state machine', () => {
  test('random event sequences never leave the table', () => {
    fc.assert(fc.property(events, (sequence) => run(sequence).every(({ to }) => to in TRANSITIONS)))
  })

  test('a service never has two processes: every launch starts from a status without one', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        let live = 0
        for (const { event, from } of run(sequence)) {
          if (event === 'launched') {
            expect(hasProcess(from)).toBe(false)
            live += 1
          }
          if (event === 'exited') live -= 1
          expect(live === 0 || live === 1).toBe(true)
        }
      }),
    )
  })

  test('hasProcess agrees with launches minus exits', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        let live = false
        for (const { event, to } of run(sequence)) {
          if (event === 'launched') live = true
          if (event === 'exited') live = false
          expect(hasProcess(to)).toBe(live)
        }
      }),
    )
  })

  test('once a stop is requested only a new launch brings the service back', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        let wanted = true
        for (const { event, to } of run(sequence)) {
          if (event === 'stopRequested') wanted = false
          if (event === 'launched') wanted = true
          if (!wanted) expect(['stopping', 'stopped']).toContain(to)
        }
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import type { NetworkEvent } from '../../runtime/network-status.ts'
import type { ServiceSnapshot } from '../../runtime/service-snapshot.ts'
import { EMPTY_VIEW, reduceView, serviceRow } from './view-model.ts'

const time = '2026-01-01T00:00:00.000Z'

function aSnapshot(name: string, more: Partial<ServiceSnapshot> = {}): ServiceSnapshot {
  return {
    name,
    kind: name,
    status: 'ready',
    pid: 1,
    startTime: '1',
    endpoints: { http: 'http://127.0.0.1:1' },
    restarts: 0,
    readyInMs: 5,
    since: time,
    lastError: null,
    dataDir: '/d',
    logFile: '/l',
    ...more,
  }
}

const service = (snapshot: ServiceSnapshot): NetworkEvent => ({ type: 'service', time, service: snapshot })

describe('live view', () => {
  test('services keep their places; the verdict follows them', () => {
    const events: NetworkEvent[] = [
      service(aSnapshot('a')),
      service(aSnapshot('b')),
      { type: 'network', time, status: 'ready' },
      service(aSnapshot('a', { status: 'crashed' })),
    ]
    const view = events.reduce(reduceView, EMPTY_VIEW)
    expect(view.services.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(view.status).toBe('degraded')
    expect(reduceView(view, service(aSnapshot('a'))).status).toBe('ready')
  })

  test('a network that stops stays stopping while its services go', () => {
    const events: NetworkEvent[] = [
      { type: 'network', time, status: 'stopping' },
      service(aSnapshot('a', { status: 'stopped' })),
    ]
    expect(events.reduce(reduceView, EMPTY_VIEW).status).toBe('stopping')
  })

  test('only the newest log lines are kept', () => {
    const record = (index: number): NetworkEvent => ({
      type: 'log',
      time,
      record: { time, level: 'info', svc: 'a', msg: String(index) },
    })
    const view = Array.from({ length: 500 }, (_, index) => record(index)).reduce(reduceView, EMPTY_VIEW)
    expect(view.lines).toHaveLength(200)
    expect(view.lines.at(-1)?.msg).toBe('499')
  })

  test('a row shows the address of a service that is well and the reason of one that is not', () => {
    expect(serviceRow(aSnapshot('a', { restarts: 2 }))).toMatchObject({
      mark: '✓',
      tone: 'good',
      detail: 'http://127.0.0.1:1 (restarted 2×)',
    })
    const lastError = { code: 'SERVICE_CRASHED', message: 'a failed: ended by SIGKILL' }
    expect(serviceRow(aSnapshot('a', { status: 'failed', lastError }))).toMatchObject({
      mark: '✗',
      tone: 'bad',
      detail: 'a failed: ended by SIGKILL',
    })
  })
})

import { describe, expect, test } from 'vitest'
import type { DevnetSummary, ServiceSummary } from './devnet-summary.ts'
import { networkBlock } from './network-block.ts'
import { statusText, verdictLine } from './status-text.ts'

function aService(name: string, more: Partial<ServiceSummary> = {}): ServiceSummary {
  return {
    name,
    kind: name,
    shard: null,
    status: 'ready',
    pid: 7,
    endpoints: { rpc: 'http://127.0.0.1:1' },
    logFile: `/p/${name}.ndjson`,
    restarts: 0,
    readyInMs: 100,
    uptimeMs: 65_000,
    memoryBytes: 1024 * 1024,
    lastError: null,
    ...more,
  }
}

function aSummary(more: Partial<DevnetSummary> = {}): DevnetSummary {
  return {
    name: 'default',
    id: 'x',
    status: 'ready',
    root: '/p/.0g/default',
    manifest: '/p/.0g/default/manifest.json',
    isPersistent: true,
    version: '0.1.0',
    chain: { id: 31337, rpc: 'http://127.0.0.1:8545', ws: 'ws://127.0.0.1:8545' },
    pid: 1,
    socket: '/tmp/s',
    since: '2026-01-01T00:00:00.000Z',
    lastSeen: null,
    services: [aService('chain'), aService('storage-0', { shard: '0/2' })],
    ...more,
  }
}

describe('status', () => {
  test('verdict first, then a row per service', () => {
    expect(statusText(aSummary()).split('\n')).toEqual([
      'default is ready: 2 services, state kept in /p/.0g/default',
      '',
      'SERVICE          STATUS  PID      UPTIME  RESTARTS   MEMORY  ENDPOINT',
      'chain            ready     7  1 min 05 s         0  1.0 MiB  http://127.0.0.1:1',
      'storage-0 (0/2)  ready     7  1 min 05 s         0  1.0 MiB  http://127.0.0.1:1',
    ])
  })

  test('a degraded network names who is unwell, why, and the command that shows more', () => {
    const lastError = { code: 'SERVICE_CRASHED', message: 'chain failed: ended by SIGKILL' }
    const summary = aSummary({ status: 'degraded', services: [aService('chain', { status: 'failed', lastError })] })
    expect(verdictLine(summary)).toBe(
      'default is degraded: chain is failed (chain failed: ended by SIGKILL). See `0g devnet logs chain`',
    )
  })

  test('a crash is told with the last sign of life and the way back', () => {
    const summary = aSummary({ status: 'crashed', lastSeen: '2026-01-01T00:00:00.000Z' })
    const now = Date.parse('2026-01-01T00:03:00.000Z')
    expect(verdictLine(summary, now)).toContain('last sign of life 3 min 00 s ago')
    expect(verdictLine(summary, now)).toContain('0g devnet up -d')
  })

  test('the block after up has at most twelve lines, aligned, without what does not exist', () => {
    const lines = networkBlock(aSummary()).split('\n')
    expect(lines.length).toBeLessThanOrEqual(12)
    expect(lines.some((line) => line.startsWith('oracle'))).toBe(false)
    expect(new Set(lines.map((line) => /^\S+( id)?\s+/.exec(line)?.[0].length)).size).toBe(1)
  })
})

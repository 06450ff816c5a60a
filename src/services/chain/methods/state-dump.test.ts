import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { MAX_PAYLOAD_BYTES } from '../journal-frames.ts'
import type { MethodContext } from './method.ts'
import { RpcFault } from './rpc-fault.ts'
import { stateDump } from './state-dump.ts'

test('a dump that one record of the journal cannot hold is refused before anything changes', async () => {
  let turns = 0
  const exclusively = async () => {
    turns++
  }
  const { anvil_loadState: load } = stateDump({ chain: { exclusively } } as unknown as MethodContext)
  const code = `0x${'00'.repeat(MAX_PAYLOAD_BYTES / 4)}`
  const dumpOf = (count: number) => {
    const accounts = Array.from({ length: count }, (_, at) => [`0x${String(at).padStart(40, '0')}`, { code }])
    return `0x${gzipSync(JSON.stringify({ accounts: Object.fromEntries(accounts) }), { level: 1 }).toString('hex')}`
  }
  await expect(load?.([dumpOf(2)])).rejects.toThrow(RpcFault)
  expect(turns).toBe(0)
  await load?.([dumpOf(1)])
  expect(turns).toBe(1)
})

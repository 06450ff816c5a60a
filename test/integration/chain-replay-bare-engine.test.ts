import { expect, test } from 'vitest'
import { startInProcessChain } from '../../scripts/in-process-chain.ts'
import { replay } from '../../src/client/chain/replay.ts'
import { testProfile } from '../helpers/test-chain.ts'

/** EDR by itself, as `hardhat node` runs it: the blocks of a large hardhat_mine have no parent until somebody asks in the right order. */
test('blocks that are linked to nothing are not proven, and not called false', async () => {
  const edr = await startInProcessChain({ chainId: 31337, alloc: {}, timestamp: 1, blockGasLimit: 60_000_000 })
  const url = 'http://127.0.0.1:9'
  const rpc = { url, request: <T>(method: string, params: unknown[] = []) => edr.request<T>(method, params) }
  await edr.request('hardhat_mine', ['0x3e8'])
  const result = await replay('10..19', { profile: testProfile(url, '.'), rpc })
  expect(result).toMatchObject({ verdict: 'unchecked', replayed: 10, proven: 0 })
  const links = result.blocks.flatMap(({ evidence }) => evidence.links)
  expect(links.filter(({ verdict }) => verdict === 'false')).toEqual([])
  const unchecked = links.filter(({ verdict }) => verdict === 'unchecked').map(({ claim }) => claim)
  expect(new Set(unchecked)).toEqual(new Set(['it follows its parent']))
})

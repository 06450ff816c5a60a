import { describe, expect, test } from 'vitest'
import { CONTRACTS, startTestChain } from '../../../test/helpers/test-chain.ts'
import { findLogs, followLogs } from './logs.ts'

describe('the range of logs', () => {
  test('all of a devnet, the latest thousand blocks of a public network, or what is asked for', async () => {
    await using chain = await startTestChain()
    const log = async () =>
      await chain.rpc.request('eth_sendTransaction', [
        { from: chain.profile.accounts[1]?.address, to: CONTRACTS.logging, gas: '0xffff' },
      ])
    await log()
    await chain.rpc.request('hardhat_mine', ['0x5dc'])
    await log()
    const { mnemonic: _, ...publicProfile } = chain.profile
    const count = async (profile: typeof chain.profile, range: { fromBlock?: number; toBlock?: number } = {}) =>
      (await findLogs({ contract: CONTRACTS.logging, ...range }, { profile })).length
    expect(await count(chain.profile)).toBe(2)
    expect(await count(publicProfile)).toBe(1)
    expect(await count(publicProfile, { fromBlock: 0 })).toBe(2)
    expect(await count(chain.profile, { fromBlock: -1 })).toBe(1)
    expect(await count(chain.profile, { toBlock: 100 })).toBe(1)
    expect(await count(chain.profile, { fromBlock: 9_999 })).toBe(0)
  })
})

test('following reads on from where a rewound chain was cut, however quickly it grew again', async () => {
  await using chain = await startTestChain()
  const log = async () => {
    const call = { from: chain.profile.accounts[1]?.address, to: CONTRACTS.logging, gas: '0xffff' }
    return await chain.rpc.request<string>('eth_sendTransaction', [call])
  }
  const abort = new AbortController()
  const following = followLogs({ fromBlock: 0 }, { profile: chain.profile, signal: abort.signal })
  const next = async () => (await following.next()).value?.txHash
  const kept = await log()
  expect(await next()).toBe(kept)
  const id = await chain.rpc.request('evm_snapshot')
  const undone = await log()
  expect(await next()).toBe(undone)
  await chain.rpc.request('evm_revert', [id])
  await chain.rpc.request('evm_increaseTime', [100])
  await chain.rpc.request('hardhat_mine', ['0x2'])
  const again = await log()
  expect(await next()).toBe(again)
  abort.abort()
  expect((await following.next()).done).toBe(true)
})

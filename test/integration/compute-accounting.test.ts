import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRpc } from '../../src/client/chain/rpc.ts'
import { offerOf } from '../../src/client/compute/offers.ts'
import { type InferenceResult, runInference } from '../../src/client/compute/run.ts'
import { computeContracts, readAccount, readService } from '../../src/client/compute/serving.ts'
import { openSession } from '../../src/client/compute/session.ts'
import { fetchSettlement } from '../../src/client/compute/settlement-evidence.ts'
import { verifyReceipt } from '../../src/client/compute/verify-receipt.ts'
import { account, type ComputeNetwork, PROVIDER, startComputeNetwork } from '../helpers/compute-network.ts'

// The provider is killed with SIGKILL in every test; it settles on start, and only then (its timer is an hour away).
let network: ComputeNetwork
beforeEach(async () => {
  network = await startComputeNetwork()
})
afterEach(() => network.close())

const contracts = () => computeContracts(network.profile)
const user = () => account(1)
const journal = () => join(network.directory, 'provider', 'fees.ndjson')

async function answers(count: number): Promise<InferenceResult[]> {
  const results: InferenceResult[] = []
  for (let i = 0; i < count; i++) {
    const messages = [{ role: 'user' as const, content: `Hello number ${i}` }]
    results.push(
      await runInference({ profile: network.profile, wallet: user(), model: 'og-tiny', messages, maxTokens: 12 }),
    )
  }
  return results
}
const feesOf = (results: InferenceResult[]) => results.reduce((sum, { receipt }) => sum + BigInt(receipt.feeWei), 0n)

async function balance(): Promise<bigint> {
  return (await readAccount(contracts(), user().address, account(PROVIDER).address))?.balance ?? 0n
}

async function unsettled(): Promise<bigint> {
  const { authorization, token } = openSession(user(), account(PROVIDER).address, 0n)
  const response = await fetch(`${network.url}/v1/user/${token.address}/unsettledfee`, { headers: { authorization } })
  return BigInt(((await response.json()) as { unsettledFee: string }).unsettledFee)
}

const allSettled = () => vi.waitFor(async () => expect(await unsettled()).toBe(0n), { timeout: 20_000, interval: 50 })

test('kill -9 between answer and settlement: every fee is charged, once', async () => {
  const results = await answers(3)
  const before = await balance()
  expect(await unsettled()).toBe(feesOf(results))

  await network.restartProvider()
  await allSettled()
  expect(before - (await balance())).toBe(feesOf(results))

  await network.restartProvider()
  expect(await unsettled()).toBe(0n)
  expect(before - (await balance())).toBe(feesOf(results))
  for (const { receipt } of results) {
    const evidence = await verifyReceipt(receipt, { profile: network.profile })
    expect(evidence.verdict).toBe('true')
    expect(evidence.links.at(-1)).toMatchObject({ expected: 'SUCCESS', actual: 'SUCCESS' })
  }
})

test('kill -9 after the settlement was mined but before it was noted: not charged again', async () => {
  const results = await answers(2)
  const before = await balance()
  await network.restartProvider()
  await allSettled()
  await network.provider().kill()
  const lines = (await readFile(journal(), 'utf8')).trimEnd().split('\n')
  expect(lines.at(-1)).toContain('"settled"')
  await writeFile(journal(), `${lines.slice(0, -1).join('\n')}\n`)

  await network.restartProvider()
  await allSettled()
  expect(before - (await balance())).toBe(feesOf(results))
  expect((await verifyReceipt(results[0]?.receipt ?? fail(), { profile: network.profile })).verdict).toBe('true')
})

test('kill -9 after the settlement was noted but before it reached the chain: charged', async () => {
  const results = await answers(2)
  const before = await balance()
  const rpc = createRpc(network.profile.rpc)
  const snapshot = await rpc.request<string>('evm_snapshot')
  await network.restartProvider()
  await allSettled()
  await network.provider().kill()
  const lines = (await readFile(journal(), 'utf8')).trimEnd().split('\n')
  await writeFile(journal(), `${lines.slice(0, -1).join('\n')}\n`)
  await rpc.request('evm_revert', [snapshot])
  expect(await balance()).toBe(before)

  await network.restartProvider()
  await allSettled()
  expect(before - (await balance())).toBe(feesOf(results))
})

test('a torn last line of the journal is dropped, a signature survives the restart', async () => {
  const [first] = await answers(1)
  const receipt = first?.receipt ?? fail()
  await network.provider().kill()
  await appendFile(journal(), '{"type":"fee","row":{"chatId":"torn')
  await network.restartProvider()
  await allSettled()
  const signature = await fetch(`${network.url}/v1/proxy/signature/${receipt.chatId}`)
  expect(await signature.json()).toMatchObject({ signature: receipt.signature })
  const service = await readService(contracts(), account(PROVIDER).address)
  if (!service) fail()
  expect(await fetchSettlement(offerOf(service), receipt.chatId)).toMatchObject({
    status: 'settled',
    feeWei: receipt.feeWei,
  })
})

test('a damaged journal stops the provider instead of losing fees', async () => {
  await answers(1)
  await network.provider().kill()
  const text = await readFile(journal(), 'utf8')
  await writeFile(journal(), `not json\n${text}`)
  await expect(network.restartProvider()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' })
})

test('a stop settles what is open', async () => {
  const results = await answers(2)
  const before = await balance()
  expect(await network.provider().stop()).toBe(0)
  expect(before - (await balance())).toBe(feesOf(results))
})

function fail(): never {
  throw new Error('a value the test needs is missing')
}

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readContract, writeContract } from '../../src/client/chain/contract.ts'
import { createRpc } from '../../src/client/chain/rpc.ts'
import { readComputeAccount } from '../../src/client/compute/account.ts'
import { acknowledgeSigner, depositToLedger, transferToProvider } from '../../src/client/compute/ledger.ts'
import { listOfferStatus } from '../../src/client/compute/offer-status.ts'
import { listOffers } from '../../src/client/compute/offers.ts'
import { loadReceipt, parseReceipt } from '../../src/client/compute/receipt-store.ts'
import { runInference } from '../../src/client/compute/run.ts'
import { computeContracts, readAccount } from '../../src/client/compute/serving.ts'
import { openSession } from '../../src/client/compute/session.ts'
import { verifyReceipt } from '../../src/client/compute/verify-receipt.ts'
import { contractAbi } from '../../src/contracts/abi.ts'
import { type Receipt, sealReceipt } from '../../src/protocol/compute/receipt.ts'
import { isResponseSignedBy } from '../../src/protocol/compute/response-signature.ts'
import {
  account,
  type ComputeNetwork,
  OWNER,
  PROVIDER,
  SIGNER,
  startComputeNetwork,
} from '../helpers/compute-network.ts'

const ONE_0G = 10n ** 18n
const hello = [{ role: 'user' as const, content: 'Hello, who are you?' }]
let network: ComputeNetwork
beforeAll(async () => {
  network = await startComputeNetwork()
})
afterAll(() => network.close())

const contracts = () => computeContracts(network.profile)
const run = (index: number, change: Partial<Parameters<typeof runInference>[0]> = {}) =>
  runInference({
    profile: network.profile,
    wallet: account(index),
    model: 'og-tiny',
    messages: hello,
    maxTokens: 24,
    ...change,
  })

/** Posts a chat request as any HTTP client would; `as` is the account that pays. */
async function post(as: number, body: unknown, init: RequestInit = {}): Promise<Response> {
  const { authorization } = openSession(account(as), account(PROVIDER).address, 0n)
  return await fetch(`${network.url}/v1/proxy/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify(body),
    ...init,
  })
}
const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error

test('the provider is on chain at its URL, acknowledged, with the root of its model', async () => {
  const [offer, ...others] = await listOffers({ profile: network.profile })
  expect(others).toEqual([])
  expect(offer).toMatchObject({
    model: 'og-tiny',
    provider: account(PROVIDER).address,
    url: network.url,
    acknowledged: true,
    teeSimulated: true,
    verifiability: 'TeeML',
    teeSigner: account(SIGNER).address,
    inputPriceWei: 50_000_000_000n,
    outputPriceWei: 100_000_000_000n,
  })
  expect(offer?.modelRoot).toMatch(/^0x[0-9a-f]{64}$/)
  expect((await listOfferStatus({ profile: network.profile }))[0]?.isUp).toBe(true)
})

describe('runInference', () => {
  test('streams, funds by itself, checks the signature and keeps a receipt that verifies', async () => {
    const pieces: string[] = []
    const steps: string[] = []
    const result = await run(1, { onToken: (piece) => pieces.push(piece), onStep: ({ id }) => steps.push(id) })
    expect(pieces.join('')).toBe(result.text)
    expect(pieces.length).toBeGreaterThan(1)
    expect(new Set(steps)).toEqual(new Set(['offers', 'deposit', 'transfer', 'verify']))
    expect(await loadReceipt(network.profile.stateDir, result.receipt.id.slice(0, 12))).toEqual(result.receipt)

    const evidence = await verifyReceipt(result.receipt, { profile: network.profile })
    expect(evidence.links.filter((link) => link.verdict !== 'true')).toEqual([])
    expect(evidence.links.some((link) => link.simulated)).toBe(true)

    const { providers } = await readComputeAccount({ profile: network.profile, address: account(1).address })
    expect(providers).toMatchObject([{ provider: account(PROVIDER).address, acknowledged: true }])
  })

  test('greedy answers repeat, and a second run moves no money', async () => {
    const first = await run(1)
    const steps: string[] = []
    const second = await run(1, { onStep: ({ id }) => steps.push(id) })
    expect(second.text).toBe(first.text)
    expect(new Set(steps)).toEqual(new Set(['offers', 'verify']))
    expect(second.receipt.id).not.toBe(first.receipt.id)
  })

  test('unknown model, unknown provider, no money', async () => {
    await expect(run(1, { model: 'og-tini' })).rejects.toMatchObject({
      code: 'UNKNOWN_MODEL',
      hint: 'did you mean og-tiny?',
    })
    await expect(run(1, { provider: account(9).address })).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' })
    const { mnemonic: _, ...publicProfile } = network.profile
    await expect(run(4, { profile: publicProfile })).rejects.toMatchObject({ code: 'LEDGER_UNFUNDED' })
  })

  test('an abort in the middle ends it, is billed for what was generated, and the provider serves on', async () => {
    const controller = new AbortController()
    const before = await unsettled(1)
    await expect(
      run(1, { maxTokens: 500, temperature: 2, signal: controller.signal, onToken: () => controller.abort() }),
    ).rejects.toThrow()
    await vi.waitFor(async () => expect(await unsettled(1)).toBeGreaterThan(before), { timeout: 10_000, interval: 20 })
    await expect(run(1)).resolves.toMatchObject({ finishReason: expect.any(String) as string })
  })
})

async function unsettled(index: number): Promise<bigint> {
  const { authorization, token } = openSession(account(index), account(PROVIDER).address, 0n)
  const response = await fetch(`${network.url}/v1/user/${token.address}/unsettledfee`, { headers: { authorization } })
  return BigInt(((await response.json()) as { unsettledFee: string }).unsettledFee)
}

describe('verifyReceipt finds what is false', () => {
  const falseClaims = async (receipt: Receipt) => {
    const evidence = await verifyReceipt(receipt, { profile: network.profile })
    expect(evidence.verdict).toBe('false')
    return evidence.links.filter((link) => link.verdict === 'false').length
  }
  test('a changed answer, price, fee, model, signer or id', async () => {
    const { receipt } = await run(1)
    const { id: _, settlementNonce: __, exchange, ...body } = receipt
    expect(await falseClaims({ ...receipt, feeWei: '1' })).toBeGreaterThan(0)
    expect(() => parseReceipt(JSON.stringify({ ...receipt, feeWei: '1' }), 'test')).toThrow()
    const forged: Receipt[] = [
      sealReceipt({ ...body, feeWei: '1' }, exchange),
      sealReceipt({ ...body, price: { ...body.price, outputPriceWei: '1' } }, exchange),
      sealReceipt({ ...body, modelRoot: `0x${'ab'.repeat(32)}` }, exchange),
      sealReceipt({ ...body, teeSigner: account(9).address }, exchange),
      sealReceipt({ ...body, usage: { ...body.usage, completionTokens: 0 } }, exchange),
      sealReceipt({ ...body, chainId: 1 }, exchange),
      sealReceipt(body, { request: exchange?.request ?? '', response: `${exchange?.response} ` }),
    ]
    for (const receipt of forged) expect(await falseClaims(receipt)).toBeGreaterThan(0)
  })

  test('and tells apart what it cannot check', async () => {
    const { receipt } = await run(1)
    const offline = { ...network.profile, rpc: 'http://127.0.0.1:1' }
    expect((await verifyReceipt(receipt, { profile: offline })).verdict).toBe('unchecked')
  })
})

describe('admission, in the words of the network', () => {
  test('no session, a session for another provider', async () => {
    const none = await post(1, { messages: hello }, { headers: { 'content-type': 'application/json' } })
    expect(none.status).toBe(400)
    expect(await errorOf(none)).toContain('missing or invalid Authorization header')
    const { authorization } = openSession(account(1), account(9).address, 0n)
    const other = await post(1, { messages: hello }, { headers: { authorization } })
    expect(await errorOf(other)).toContain('session token is for different provider')
  })

  test('no account, too little locked, not acknowledged', async () => {
    const stranger = await post(8, { messages: hello })
    expect([stranger.status, await errorOf(stranger)]).toEqual([400, expect.stringContaining('account not exist')])

    await depositToLedger(contracts(), account(3), 3n * ONE_0G)
    await transferToProvider(contracts(), account(3), account(PROVIDER).address, ONE_0G)
    const short = await post(3, { messages: hello })
    expect(short.status).toBe(400)
    expect(await errorOf(short)).toMatch(
      /^insufficient balance: your locked balance is 1\.000000 0G, but the required minimum is 1\.0000\d\d 0G /,
    )

    await setOwnerAcknowledgement(false)
    expect(await errorOf(await post(1, { messages: hello }))).toBe('service not acknowledge the tee signer')
    await setOwnerAcknowledgement(true)
    expect((await post(1, { messages: hello })).status).toBe(200)
  })

  test('a revoked generation counts at once', async () => {
    await run(2)
    await writeContract({
      rpc: createRpc(network.profile.rpc),
      wallet: account(2),
      address: contracts().inference,
      abi: contractAbi('InferenceServing'),
      functionName: 'revokeAllTokens',
      args: [account(PROVIDER).address],
    })
    const stale = await post(2, { messages: hello })
    expect([stale.status, await errorOf(stale)]).toEqual([400, expect.stringContaining('revoked')])
    await expect(run(2)).resolves.toBeDefined()
  })

  test('a wrong model, a malformed request, a prompt beyond the context, an unknown endpoint', async () => {
    const bodies = [
      { model: 'gpt-4', messages: hello },
      { messages: [] },
      { messages: hello, n: 2 },
      { messages: hello, temperature: 9 },
    ]
    for (const body of bodies) expect((await post(1, body)).status).toBe(400)
    const long = await post(1, { messages: [{ role: 'user', content: 'word '.repeat(4000) }] })
    expect([long.status, await errorOf(long)]).toEqual([400, expect.stringContaining('tokens')])
    expect((await fetch(`${network.url}/v1/proxy/nothing`)).status).toBe(400)
    expect(await errorOf(await fetch(`${network.url}/v1/proxy/signature/unknown`))).toBe(
      'Chat id not found or expired, chat_id_not_found',
    )
  })

  test("another user's unsettled fee is not told", async () => {
    const { authorization } = openSession(account(1), account(PROVIDER).address, 0n)
    const response = await fetch(`${network.url}/v1/user/${account(2).address}/unsettledfee`, {
      headers: { authorization },
    })
    expect(response.status).toBe(403)
  })

  test('browsers of any origin may ask and read the id of the answer', async () => {
    const preflight = await fetch(`${network.url}/v1/proxy/chat/completions`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    const answer = await post(1, { messages: hello })
    expect(answer.headers.get('access-control-expose-headers')).toContain('ZG-Res-Key')
    expect(answer.headers.get('provider')?.toLowerCase()).toBe(account(PROVIDER).address)
  })
})

test('health answers while the model works; at most 5 requests of one user run at once', async () => {
  const long = { messages: hello, max_tokens: 400, temperature: 2 }
  const answers = Array.from({ length: 8 }, () => post(1, long))
  const health = await fetch(`${network.url}/health`)
  expect(health.status).toBe(200)
  const statuses = (await Promise.all(answers)).map((response) => response.status)
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5)
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true)
})

test('the signature of an answer can be fetched by both of its ids before the last byte', async () => {
  const response = await post(1, { messages: hello, stream: true, max_tokens: 8 })
  const id = response.headers.get('zg-res-key') ?? ''
  const reader = response.body?.getReader()
  let text = ''
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += new TextDecoder().decode(part.value)
    if (!text.includes('[DONE]')) continue
    const completionId = /"id":"(chatcmpl-[^"]+)"/.exec(text)?.[1] ?? ''
    for (const key of [id, completionId]) {
      const signed = (await (await fetch(`${network.url}/v1/proxy/signature/${key}?model=og-tiny`)).json()) as {
        text: string
        signature: string
      }
      expect(isResponseSignedBy(signed.text, signed.signature, account(SIGNER).address)).toBe(true)
    }
  }
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

async function setOwnerAcknowledgement(isAcknowledged: boolean): Promise<void> {
  const functionName = isAcknowledged ? 'acknowledgeTEESignerByOwner' : 'revokeTEESignerAcknowledgement'
  await writeContract({
    rpc: createRpc(network.profile.rpc),
    wallet: account(OWNER),
    address: contracts().inference,
    abi: contractAbi('InferenceServing'),
    functionName,
    args: [account(PROVIDER).address],
  })
}

test('a user who takes back the acknowledgement of an empty account is refused', async () => {
  const user = account(4)
  await depositToLedger(contracts(), user, 4n * ONE_0G)
  await transferToProvider(contracts(), user, account(PROVIDER).address, ONE_0G)
  const rpc = createRpc(network.profile.rpc)
  const ledger = { rpc, wallet: user, address: contracts().ledger, abi: contractAbi('LedgerManager') }
  await writeContract({
    ...ledger,
    functionName: 'retrieveFund',
    args: [[account(PROVIDER).address], 'inference-v1.0'],
  })
  const lockTime = await readContract<bigint>({
    rpc,
    address: contracts().inference,
    abi: contractAbi('InferenceServing'),
    functionName: 'lockTime',
  })
  await rpc.request('evm_increaseTime', [Number(lockTime) + 1])
  await rpc.request('evm_mine')
  await writeContract({
    ...ledger,
    functionName: 'retrieveFund',
    args: [[account(PROVIDER).address], 'inference-v1.0'],
  })
  const serving = { rpc, wallet: user, address: contracts().inference, abi: contractAbi('InferenceServing') }
  await writeContract({ ...serving, functionName: 'acknowledgeTEESigner', args: [account(PROVIDER).address, false] })
  expect(await errorOf(await post(4, { messages: hello }))).toContain('user not acknowledge the provider')
  await acknowledgeSigner(contracts(), user, account(PROVIDER).address)
  expect((await readAccount(contracts(), user.address, account(PROVIDER).address))?.acknowledged).toBe(true)
})

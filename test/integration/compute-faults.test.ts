import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeContract } from '../../src/client/chain/contract.ts'
import { listOfferStatus } from '../../src/client/compute/offer-status.ts'
import { listReceiptIds } from '../../src/client/compute/receipt-store.ts'
import { runInference } from '../../src/client/compute/run.ts'
import { computeContracts, readService } from '../../src/client/compute/serving.ts'
import { verifyReceipt } from '../../src/client/compute/verify-receipt.ts'
import { contractAbi } from '../../src/contracts/abi.ts'
import { sealReceipt } from '../../src/protocol/compute/receipt.ts'
import { bindServer } from '../../src/runtime/child/bind-server.ts'
import { account, type ComputeNetwork, PROVIDER, startComputeNetwork } from '../helpers/compute-network.ts'

// A dishonest or broken provider: the service on chain points at a proxy that changes what the honest one says.
type Tamper = (
  req: IncomingMessage,
  answer: { status: number; headers: Headers; body: string },
  res: ServerResponse,
) => void

let network: ComputeNetwork
let proxy: Server
let proxyUrl: string
let tamper: Tamper = passOn

function passOn(_req: IncomingMessage, { status, headers, body }: Parameters<Tamper>[1], res: ServerResponse): void {
  const id = headers.get('zg-res-key')
  res.writeHead(status, { 'content-type': headers.get('content-type') ?? '', ...(id ? { 'zg-res-key': id } : {}) })
  res.end(body)
}

/** Changes only answers to chats, or only signatures; everything else passes. */
const onChat =
  (change: (body: string) => string): Tamper =>
  (req, answer, res) =>
    passOn(req, req.url?.includes('/chat/') ? { ...answer, body: change(answer.body) } : answer, res)
const onSignature =
  (change: (body: string) => string, status = 200): Tamper =>
  (req, answer, res) =>
    passOn(req, req.url?.includes('/signature/') ? { ...answer, status, body: change(answer.body) } : answer, res)

beforeAll(async () => {
  network = await startComputeNetwork()
  proxy = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk)
    const headers = { authorization: req.headers.authorization ?? '', 'content-type': 'application/json' }
    const init = req.method === 'POST' ? { method: 'POST', headers, body: Buffer.concat(chunks) } : { headers }
    const answer = await fetch(`${network.url}${req.url}`, init)
    tamper(req, { status: answer.status, headers: answer.headers, body: await answer.text() }, res)
  })
  proxyUrl = await bindServer(proxy, { host: '127.0.0.1', port: 0, strict: false })
  await register(proxyUrl)
})
afterAll(async () => {
  proxy.close()
  proxy.closeAllConnections()
  await network.close()
})
beforeEach(() => {
  tamper = passOn
})

async function register(url: string, change: object = {}): Promise<void> {
  const contracts = computeContracts(network.profile)
  const service = await readService(contracts, account(PROVIDER).address)
  await writeContract({
    rpc: contracts.rpc,
    wallet: account(PROVIDER),
    address: contracts.inference,
    abi: contractAbi('InferenceServing'),
    functionName: 'addOrUpdateService',
    args: [{ ...service, url, ...change }],
  })
}

const run = () =>
  runInference({
    profile: network.profile,
    wallet: account(1),
    model: 'og-tiny',
    maxTokens: 8,
    messages: [{ role: 'user', content: 'Hello' }],
  })

describe('a user is never told that a bad answer is good', () => {
  test('an honest proxy passes', async () => {
    const { receipt } = await run()
    expect((await verifyReceipt(receipt, { profile: network.profile })).verdict).toBe('true')
  })

  test.each<[string, Tamper, string]>([
    [
      'one character of the answer changed',
      onChat((body) => body.replace(/"content":"(?=[^"])/, '"content":"X')),
      'SIGNATURE_INVALID',
    ],
    [
      'more tokens charged than signed',
      onChat((body) => body.replace('"completion_tokens":', '"completion_tokens":9')),
      'SIGNATURE_INVALID',
    ],
    [
      'signed by another key',
      onSignature((body) => JSON.stringify({ ...JSON.parse(body), signature: `0x${'11'.repeat(64)}1b` })),
      'SIGNATURE_INVALID',
    ],
    [
      'a signature for something else',
      onSignature((body) => JSON.stringify({ ...JSON.parse(body), text: 'a:b' })),
      'SIGNATURE_INVALID',
    ],
    [
      'a malformed signature',
      onSignature((body) => JSON.stringify({ ...JSON.parse(body), signature: '0x12' })),
      'SIGNATURE_INVALID',
    ],
    ['no signature', onSignature(() => '{"error":"gone"}', 400), 'SIGNATURE_INVALID'],
    ['a signature that is not JSON', onSignature(() => 'hello'), 'SIGNATURE_INVALID'],
    ['garbage in the stream', onChat(() => 'data: {"choices": oops\n\ndata: [DONE]\n\n'), 'ANSWER_INVALID'],
    ['a stream without its end', onChat((body) => body.replace('data: [DONE]\n\n', '')), 'ANSWER_INVALID'],
    ['no usage', onChat((body) => body.replaceAll('"usage"', '"usages"')), 'ANSWER_INVALID'],
  ])('%s', async (_name, change, code) => {
    const before = await listReceiptIds(network.profile.stateDir)
    tamper = change
    await expect(run()).rejects.toMatchObject({ code })
    expect(await listReceiptIds(network.profile.stateDir)).toEqual(before)
  })

  test('a connection that breaks in the middle, an error, a provider that is gone', async () => {
    tamper = (req, answer, res) => {
      if (!req.url?.includes('/chat/')) return passOn(req, answer, res)
      res.writeHead(200, { 'zg-res-key': 'x', 'content-length': 10_000 })
      res.write(answer.body.slice(0, 50), () => res.destroy())
    }
    await expect(run()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })

    tamper = (req, answer, res) =>
      passOn(req, { ...answer, status: 500, body: '{"error":"Internal Server Error"}' }, res)
    await expect(run()).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })

    await register('http://127.0.0.1:1')
    await expect(run()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE', exitCode: 6 })
    expect((await listOfferStatus({ profile: network.profile }))[0]?.isUp).toBe(false)
    await register(proxyUrl)
  })

  test('a settlement statement that does not fit the chain', async () => {
    const { receipt } = await run()
    const settled = {
      chatId: receipt.chatId,
      feeWei: receipt.feeWei,
      status: 'settled',
      nonce: '1',
      requestsHash: null,
      txHash: `0x${'00'.repeat(32)}`,
      requests: [],
    }
    tamper = (req, answer, res) =>
      passOn(req, req.url?.includes('/settlement/') ? { ...answer, body: JSON.stringify(settled) } : answer, res)
    expect((await verifyReceipt(receipt, { profile: network.profile })).verdict).toBe('false')
    tamper = (req, answer, res) =>
      passOn(
        req,
        req.url?.includes('/settlement/') ? { ...answer, body: '{"requests":[{"feeWei":"x"}]}' } : answer,
        res,
      )
    expect((await verifyReceipt(receipt, { profile: network.profile })).verdict).toBe('unchecked')
  })
})

test('a receipt stays true when the provider changes price, model and signer afterwards, and no other becomes true', async () => {
  const { receipt } = await run()
  const { id: _, settlementNonce: __, exchange, ...body } = receipt
  const later = { inputPrice: 1n, outputPrice: 2n, additionalInfo: '{}', teeSignerAddress: account(9).address }
  await register(proxyUrl, later)
  expect((await verifyReceipt(receipt, { profile: network.profile })).verdict).toBe('true')

  const backdated = sealReceipt({ ...body, price: { inputPriceWei: '1', outputPriceWei: '2' } }, exchange)
  expect((await verifyReceipt(backdated, { profile: network.profile })).verdict).toBe('false')
  const early = sealReceipt({ ...body, blockNumber: 0 }, exchange)
  expect((await verifyReceipt(early, { profile: network.profile })).verdict).toBe('false')
})

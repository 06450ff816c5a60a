import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  account,
  type ComputeNetwork,
  OWNER,
  PROVIDER,
  SIGNER,
  startComputeNetwork,
} from '../helpers/compute-network.ts'

/** The parts of the published SDK 0.9.0 that these tests use; the package is run as it is. */
type Sdk = typeof import('@0gfoundation/0g-compute-ts-sdk')
const sdk = createRequire(import.meta.url)('@0gfoundation/0g-compute-ts-sdk') as Sdk
type Broker = Awaited<ReturnType<Sdk['createZGComputeNetworkBroker']>>

let network: ComputeNetwork
let broker: Broker
const provider = () => ethers.getAddress(account(PROVIDER).address)

beforeAll(async () => {
  network = await startComputeNetwork()
  broker = await brokerOf(2)
})
afterAll(() => network.close())

async function brokerOf(index: number): Promise<Broker> {
  const rpc = new ethers.JsonRpcProvider(network.profile.rpc, undefined, { cacheTimeout: -1 })
  // A gas price of our own spares the SDK's pause of a second before every transaction.
  const gasPrice = Number((await rpc.getFeeData()).gasPrice)
  // The SDK's types are of the CommonJS build of ethers, which TypeScript takes for another class.
  const signer = new ethers.Wallet(account(index).privateKey, rpc) as unknown as Parameters<
    Sdk['createZGComputeNetworkBroker']
  >[0]
  return await sdk.createZGComputeNetworkBroker(signer, undefined, undefined, undefined, gasPrice)
}

async function chat(by: Broker, body: object): Promise<{ status: number; id: string; text: string }> {
  const { endpoint, model } = await by.inference.getServiceMetadata(provider())
  const headers = await by.inference.getRequestHeaders(provider())
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 12, ...body }),
  })
  return { status: response.status, id: response.headers.get('ZG-Res-Key') ?? '', text: await response.text() }
}

describe('the official SDK, unmodified', () => {
  test('lists the service with its price, model and signer', async () => {
    const services = await broker.inference.listService()
    expect(services).toHaveLength(1)
    // ethers answers with tuples whose fields also go by name.
    const fields = (services[0] as unknown as ethers.Result).toObject()
    expect(fields).toMatchObject({
      provider: provider(),
      model: 'og-tiny',
      serviceType: 'chatbot',
      url: network.url,
      verifiability: 'TeeML',
      inputPrice: 50_000_000_000n,
      outputPrice: 100_000_000_000n,
      teeSignerAcknowledged: true,
      teeSignerAddress: ethers.getAddress(account(SIGNER).address),
    })
  })

  test('opens a ledger, acknowledges, transfers', async () => {
    await broker.ledger.addLedger(5)
    await broker.inference.acknowledgeProviderSigner(provider())
    expect(await broker.inference.acknowledged(provider())).toBe(true)
    await broker.ledger.transferFund(provider(), 'inference', 10n ** 18n)
    const sub = await broker.inference.getAccount(provider())
    expect(sub.balance).toBe(2n * 10n ** 18n)
    expect((await broker.ledger.getLedger()).totalBalance).toBe(5n * 10n ** 18n)
    expect(await broker.inference.checkProviderSignerStatus(provider())).toMatchObject({ isAcknowledged: true })
  })

  test('gets an answer whose signature holds, not streaming', async () => {
    const { status, id, text } = await chat(broker, {})
    expect(status).toBe(200)
    const answer = JSON.parse(text) as { id: string; usage: object; choices: { message: { content: string } }[] }
    expect(answer.choices[0]?.message.content).not.toBe('')
    expect(await broker.inference.processResponse(provider(), id, JSON.stringify(answer.usage))).toBe(true)
    expect(await broker.inference.processResponse(provider(), answer.id)).toBe(true)
  })

  test('and streaming', async () => {
    const { status, id, text } = await chat(broker, { stream: true })
    expect(status).toBe(200)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(text).toContain('"usage":{"prompt_tokens"')
    expect(await broker.inference.processResponse(provider(), id)).toBe(true)
  })

  test('is told the truth about a signature that is not there', async () => {
    await expect(broker.inference.processResponse(provider(), 'no-such-id')).rejects.toThrow()
  })

  test('funds a new account by itself on the first request', async () => {
    const newcomer = await brokerOf(3)
    await newcomer.ledger.addLedger(4)
    const { status, id } = await chat(newcomer, {})
    expect(status).toBe(200)
    expect(await newcomer.inference.processResponse(provider(), id)).toBe(true)
  })

  test('makes API keys that work and can be revoked', async () => {
    const { requestProcessor } = broker.inference as unknown as {
      requestProcessor: {
        createApiKey(provider: string, options: object): Promise<{ rawToken: string; tokenId: number }>
      }
    }
    const key = await requestProcessor.createApiKey(provider(), { expiresIn: 0 })
    const ask = () =>
      fetch(`${network.url}/v1/proxy/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.rawToken}` },
        body: JSON.stringify({ messages: [{ role: 'system', content: 'health check' }] }),
      })
    expect((await ask()).status).toBe(200)
    await broker.inference.revokeApiKey(provider(), key.tokenId)
    expect((await ask()).status).toBe(400)
  })

  test('accepts the (simulated) attestation report and the model list', async () => {
    const directory = join(network.directory, 'reports')
    await mkdir(directory)
    const result = await broker.inference.verifyService(provider(), directory, () => {})
    expect(result).toMatchObject({
      success: true,
      signerVerification: { allMatch: true },
      composeVerification: { passed: true },
    })
    const quote = (await (await fetch(`${network.url}/v1/quote`)).json()) as { simulated: boolean }
    expect(quote.simulated).toBe(true)
    const models = (await (await fetch(`${network.url}/v1/models`)).json()) as {
      data: { id: string; pricing: object; model_root: string }[]
    }
    expect(models.data[0]).toMatchObject({
      id: 'og-tiny',
      pricing: { prompt: '50000000000', completion: '100000000000' },
    })
  })

  test('hides the service when the owner withdraws the acknowledgement', async () => {
    const owner = await brokerOf(OWNER)
    await owner.inference.revokeProviderTEESignerAcknowledgement(provider())
    expect(await broker.inference.listService()).toHaveLength(0)
    expect(await broker.inference.listService(0, 50, true)).toHaveLength(1)
    await owner.inference.acknowledgeProviderTEESigner(provider())
    expect(await broker.inference.listService()).toHaveLength(1)
  })
})

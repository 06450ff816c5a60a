// A user's program: finds a provider, pays it, asks it and verifies the answers with the official compute SDK.
// Argument: path of a manifest.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HDNodeWallet, JsonRpcProvider, parseEther, Wallet } from 'ethers'

const { createZGComputeNetworkBroker } = createRequire(import.meta.url)('@0gfoundation/0g-compute-ts-sdk')
const manifest = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { privateKey } = HDNodeWallet.fromPhrase(manifest.mnemonic, undefined, "m/44'/60'/0'/0/3")
const wallet = new Wallet(privateKey, new JsonRpcProvider(manifest.chain.rpc))
// The SDK knows the addresses of chain 31337 by itself; for any other id a user hands them over.
const { LedgerManager, InferenceServing } = manifest.contracts
const addresses = manifest.chain.id === 31337 ? [] : [LedgerManager.address, InferenceServing.address]
const broker = await createZGComputeNetworkBroker(wallet, ...addresses)

const services = await broker.inference.listService()
const provider = services[0].provider
await broker.ledger.addLedger(5)
await broker.ledger.transferFund(provider, 'inference', parseEther('1'))
await broker.inference.acknowledgeProviderSigner(provider)
const { endpoint, model } = await broker.inference.getServiceMetadata(provider)

async function ask(stream) {
  const messages = [{ role: 'user', content: 'What is a segment?' }]
  const headers = await broker.inference.getRequestHeaders(provider, messages[0].content)
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages, stream, max_tokens: 16 }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  const chunks = stream
    ? text
        .split('\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => JSON.parse(line.slice(6)))
    : [JSON.parse(text)]
  const answer = chunks.map(({ choices }) => choices[0]?.delta?.content ?? choices[0]?.message?.content ?? '').join('')
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage
  const chatId = response.headers.get('ZG-Res-Key') ?? chunks[0].id
  return {
    verified: await broker.inference.processResponse(provider, chatId, JSON.stringify(usage)),
    answered: answer !== '',
  }
}

const plain = await ask(false)
const streamed = await ask(true)
process.stdout.write(`\n${JSON.stringify({ listed: services.length > 0, plain, streamed })}\n`)
process.exit(0)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import type { StartedService } from '../../src/runtime/child/service.ts'
import { startAgentOracle } from '../../src/services/agent-oracle/start-agent-oracle.ts'
import { rawHttp } from '../helpers/raw-http.ts'
import { accounts, MNEMONIC, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** The oracle holds a key that releases keys: whatever is sent to it, it must answer, refuse, and stay up. */
let chain: TestChain
let oracle: StartedService
let url: string
const dataDir = mkdtempSync(join(tmpdir(), 'og-oracle-'))
beforeAll(async () => {
  chain = await startTestChain({ genesisFile: genesisFilePath() })
  oracle = await startAgentOracle({
    config: { chain: 'chain', mnemonic: MNEMONIC, signerIndex: 7, contracts: DEVNET_ADDRESSES },
    dataDir,
    host: '127.0.0.1',
    port: 0,
    strictPorts: false,
    log: pino({ level: 'silent' }),
    chainRpc: Promise.resolve(chain.url),
    indexer: Promise.resolve('http://127.0.0.1:9'),
  })
  url = oracle.endpoints['oracle'] ?? ''
})
afterAll(async () => {
  await oracle.stop()
  await chain[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

const prove = (body: string) => fetch(`${url}/transfer/prove`, { method: 'POST', body })
const refusal = { error: { code: expect.stringMatching(/^(VALUE_INVALID|PROOF_REFUSED|NOT_FOUND)$/) as string } }

const hex = (bytes: number) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((b) => `0x${Buffer.from(b).toString('hex')}`),
    },
    { weight: 1, arbitrary: fc.string() },
  )
const address = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(DEVNET_ADDRESSES.AgentNFT, accounts[1]?.address ?? '') },
  { weight: 1, arbitrary: hex(20) },
)
const decimal = fc.constantFrom('0', '1', '9'.repeat(78), `${Math.floor(Date.now() / 1000) + 600}`, '-1', '0x1', '')
const access = fc.record({ dataHash: hex(32), targetPubkey: hex(64), nonce: hex(32), proof: hex(65) })
const body = fc.record({
  contract: address,
  tokenId: decimal,
  from: address,
  to: address,
  accessProofs: fc.oneof(fc.array(access, { maxLength: 2 }), fc.jsonValue()),
  sealedKeys: fc.oneof(fc.array(hex(125), { maxLength: 2 }), fc.jsonValue()),
  deadline: decimal,
  authorization: hex(65),
})

describe('hostile requests to the agent oracle', () => {
  test('whatever is asked is refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          body.map((one) => JSON.stringify(one)),
          fc.json(),
          fc.string(),
        ),
        async (text) => {
          const response = await prove(text)
          expect(response.status).toBeGreaterThanOrEqual(400)
          expect(response.status).toBeLessThan(500)
          expect(await response.json()).toMatchObject(refusal)
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 12_000 },
    )
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test('a body without end is refused before it is read', async () => {
    // One chunk beyond the limit and no last chunk: only a server that counts while it reads can answer.
    const chunk = `${(1_100_000).toString(16)}\r\n${' '.repeat(1_100_000)}\r\n`
    const head = 'POST /transfer/prove HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(await rawHttp(url, head + chunk)).toMatch(/^HTTP\/1\.1 413 /)
    const declared = 'POST /transfer/prove HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n{'
    expect(await rawHttp(url, declared)).toMatch(/^HTTP\/1\.1 413 /)
  })

  test.each([
    'GET // HTTP/1.1',
    'GET /%00 HTTP/1.1',
    'GET /%E0%A4%A HTTP/1.1',
    'POST http:// HTTP/1.1',
    'PUT /info HTTP/1.1',
  ])('%s is answered and kills nothing', async (line) => {
    const request = `${line}\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
    expect(await rawHttp(url, request)).toMatch(/^HTTP\/1\.1 4\d{2} /)
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })
})

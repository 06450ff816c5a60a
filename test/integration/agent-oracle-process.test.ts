import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { MNEMONIC, ORACLE } from '../helpers/agent-network.ts'
import { startChildService } from '../helpers/child-service.ts'
import { startTestChain } from '../helpers/test-chain.ts'

test('the oracle runs as a service: same key and port after kill -9, and it answers while the chain is down', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'og-oracle-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const chain = await startTestChain()
  const start = (port: number) =>
    startChildService({
      folder: 'agent-oracle',
      config: {
        chain: 'chain',
        gateway: 'storage-gateway',
        mnemonic: MNEMONIC,
        signerIndex: 7,
        contracts: DEVNET_ADDRESSES,
      },
      dataDir: join(directory, 'oracle'),
      ports: { oracle: port },
      peers: { chain: { rpc: chain.url }, 'storage-gateway': { indexer: 'http://127.0.0.1:9' } },
    })
  const first = await start(0)
  const url = first.endpoints['oracle'] ?? ''
  const get = async (path: string) => (await fetch(`${url}${path}`)).json()
  expect(await get('/info')).toMatchObject({ address: ORACLE.address, chainId: 31337, simulated: true })
  await first.kill()
  const second = await start(Number(new URL(url).port))
  onTestFinished(() => second.kill())
  expect(second.endpoints).toEqual(first.endpoints)
  await chain[Symbol.asyncDispose]()
  expect(await get('/health')).toEqual({ status: 'ok', simulated: true })
  const broken = await fetch(`${url}/info`)
  expect(broken.status).toBe(503)
  expect(await broken.json()).toMatchObject({ error: { code: 'NETWORK_UNREACHABLE', retryable: true } })
  expect(await second.stop()).toBe(0)
})

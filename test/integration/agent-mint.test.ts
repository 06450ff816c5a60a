import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentContract, requireAgentId } from '../../src/client/agent/agent-contract.ts'
import { storeDataKey } from '../../src/client/agent/keystore.ts'
import { listAgents } from '../../src/client/agent/list.ts'
import { mintAgent } from '../../src/client/agent/mint.ts'
import { type MintOptions, planMint } from '../../src/client/agent/mint-plan.ts'
import { runAgent } from '../../src/client/agent/run.ts'
import { showAgent } from '../../src/client/agent/show.ts'
import { writeContract } from '../../src/client/chain/contract.ts'
import { createRpc, type Hex } from '../../src/client/chain/rpc.ts'
import { walletFromPrivateKey } from '../../src/client/chain/wallet.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { encryptBlob } from '../../src/protocol/agent/encrypted-blob.ts'
import { type AgentNetwork, ALICE, BOB, startAgentNetwork } from '../helpers/agent-network.ts'

let net: AgentNetwork
let memory: string
let persona: string

beforeAll(async () => {
  net = await startAgentNetwork()
  memory = join(net.directory, 'memory')
  mkdirSync(join(memory, 'deep'), { recursive: true })
  writeFileSync(join(memory, 'facts.md'), 'The harbour opens at nine.')
  writeFileSync(join(memory, 'deep', 'copy.md'), 'The harbour opens at nine.')
  writeFileSync(join(memory, 'empty.txt'), '')
  writeFileSync(join(memory, 'photo.bin'), Uint8Array.from([0xff, 0xfe, 0x00, 0x01]))
  persona = join(net.directory, 'persona.md')
  writeFileSync(persona, 'You are a harbour guide.')
})
afterAll(() => net[Symbol.asyncDispose]())

const options = (more: Partial<MintOptions> = {}): MintOptions => ({
  profile: net.profile,
  wallet: ALICE,
  name: 'scout',
  model: 'og-tiny',
  memory,
  persona,
  ...more,
})
const agents = () => listAgents({ profile: net.profile })
const nonce = async (address: Hex) =>
  Number(await createRpc(net.profile.rpc).request<Hex>('eth_getTransactionCount', [address, 'latest']))

describe('mint', () => {
  test('the plan says what will happen and does nothing', async () => {
    const before = await nonce(ALICE.address)
    const plan = await planMint(options())
    expect(plan).toMatchObject({
      name: 'scout',
      memoryFiles: 4,
      personaBytes: 24,
      filesStored: 5,
      owner: ALICE.address,
    })
    expect(plan.encryptBytes).toBe(24 + 26 + 26 + 0 + 4)
    expect(plan.costWei).toBeGreaterThan(0n)
    expect(await nonce(ALICE.address)).toBe(before)
    expect(await agents()).toEqual([])
  })

  test('an agent is encrypted, stored and minted; what is stored tells nothing', async () => {
    const result = await mintAgent(options())
    expect(result).toMatchObject({ agentId: '0', isNew: true, name: 'scout', owner: ALICE.address })
    expect(result.costWei).toBeLessThanOrEqual(result.plan.costWei)
    expect(await agents()).toMatchObject([{ agentId: '0', name: 'scout', model: 'og-tiny', canDecrypt: true }])
    const stored = await getBytes(result.root, { profile: net.profile })
    expect(Buffer.from(stored).toString('latin1')).not.toContain('scout')
    const [file] = readdirSync(join(net.profile.stateDir, 'keystore'))
    expect(file).toBe(`${result.root}.json`)
    expect(statSync(join(net.profile.stateDir, 'keystore', file ?? '')).mode & 0o777).toBe(0o600)
  })

  test('the same content again is the same agent, and costs nothing', async () => {
    const before = await nonce(ALICE.address)
    const again = await mintAgent(options())
    expect(again).toMatchObject({ agentId: '0', isNew: false, txHash: null, costWei: 0n })
    expect(await nonce(ALICE.address)).toBe(before)
    expect(await agents()).toHaveLength(1)
  })

  test.each(['encrypt', 'store'])('interrupted after %s, it resumes to one agent', async (step) => {
    const name = `broken-off-${step}`
    const stop = new AbortController()
    const interrupted = mintAgent(
      options({
        name,
        signal: stop.signal,
        onStep: (event) => {
          if (event.id === step && event.status === 'done') stop.abort()
        },
      }),
    )
    await expect(interrupted).rejects.toThrow()
    const count = (await agents()).length
    const resumed = await mintAgent(options({ name }))
    expect(resumed.isNew).toBe(true)
    expect(await agents()).toHaveLength(count + 1)
  })

  test('a mint that happened but was not noted is found on chain, not repeated', async () => {
    const name = 'unnoted'
    const first = await mintAgent(options({ name }))
    const directory = join(net.profile.stateDir, 'agents')
    for (const file of readdirSync(directory)) {
      const path = join(directory, file)
      const record = JSON.parse(readFileSync(path, 'utf8'))
      if (record.root === first.root) writeFileSync(path, JSON.stringify({ ...record, minted: null }))
    }
    const again = await mintAgent(options({ name }))
    expect(again).toMatchObject({ agentId: first.agentId, isNew: false })
  })

  test('two at once give one agent', async () => {
    const results = await Promise.allSettled([
      mintAgent(options({ name: 'twins' })),
      mintAgent(options({ name: 'twins' })),
    ])
    const minted = results.filter(({ status }) => status === 'fulfilled')
    const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(minted).toHaveLength(1)
    expect(refused[0]?.reason).toMatchObject({ code: 'MINT_IN_PROGRESS' })
    expect((await agents()).filter(({ name }) => name === 'twins')).toHaveLength(1)
  })

  test('bad input is refused before anything is done', async () => {
    const before = await nonce(ALICE.address)
    await expect(mintAgent(options({ memory: join(net.directory, 'nowhere') }))).rejects.toMatchObject({
      code: 'ENOENT',
    })
    await expect(mintAgent(options({ memory: persona }))).rejects.toMatchObject({ code: 'PATH_UNUSABLE' })
    await expect(mintAgent(options({ model: 'og-tinny' }))).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    await expect(mintAgent(options({ name: ' ' }))).rejects.toMatchObject({ code: 'VALUE_INVALID' })
    await expect(mintAgent(options({ name: 'a\u001b[31m' }))).rejects.toMatchObject({ code: 'VALUE_INVALID' })
    const poor = walletFromPrivateKey(`0x${'01'.repeat(32)}`)
    await expect(mintAgent(options({ wallet: poor }))).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    expect(await nonce(ALICE.address)).toBe(before)
    expect(readdirSync(join(net.profile.stateDir, 'agents')).filter((name) => name.endsWith('.lock'))).toEqual([])
  })
})

describe('show and run', () => {
  test('the owner sees the files, another account the public part', async () => {
    const id = requireAgentId('agent:0')
    const mine = await showAgent({ profile: net.profile, id, wallet: ALICE })
    expect(mine.content?.memory.map(({ path }) => path)).toEqual(['deep/copy.md', 'empty.txt', 'facts.md', 'photo.bin'])
    expect(mine.content?.persona?.path).toBe('persona.md')
    const theirs = await showAgent({ profile: net.profile, id, wallet: BOB })
    expect(theirs).toMatchObject({ name: 'scout', content: null, locked: 'WRONG_KEY', owner: ALICE.address })
    await expect(showAgent({ profile: net.profile, id: requireAgentId('99') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('the model gets persona and memory before the task; the answer has a receipt', async () => {
    const result = await runAgent({ profile: net.profile, wallet: ALICE, id: requireAgentId('0'), task: 'when?' })
    expect(result).toMatchObject({ text: 'when?', name: 'scout', memoryUsed: ['deep/copy.md', 'facts.md'] })
    expect(result.memoryLeftOut).toEqual(['empty.txt', 'photo.bin'])
    const [system] = net.lastPrompt()
    expect(system?.content).toContain('You are a harbour guide.')
    expect(system?.content).toContain('The harbour opens at nine.')
    expect(result.receipt.user.toLowerCase()).toBe(ALICE.address)
  })

  test('memory that does not fit the model is shortened', async () => {
    net.setContext(80)
    const result = await runAgent({ profile: net.profile, wallet: ALICE, id: requireAgentId('0'), task: 'when?' })
    net.setContext(Number.POSITIVE_INFINITY)
    expect(result.text).toBe('when?')
    expect(result.memoryUsed.length).toBeLessThan(2)
  })

  test('another account, or this one without the key, cannot run it', async () => {
    const id = requireAgentId('0')
    const asBob = runAgent({ profile: net.profile, wallet: BOB, id, task: 'when?' })
    await expect(asBob).rejects.toMatchObject({ code: 'WRONG_KEY' })
    const elsewhere = { ...net.profile, stateDir: join(net.directory, 'elsewhere') }
    const keyless = runAgent({ profile: elsewhere, wallet: ALICE, id, task: 'when?' })
    await expect(keyless).rejects.toMatchObject({ code: 'AGENT_KEY_MISSING' })
  })

  test('data that does not open, or is no agent, is refused', async () => {
    const contract = agentContract(net.profile)
    const key = new Uint8Array(32).fill(7)
    const mintRaw = async (bytes: Uint8Array) => {
      const { root } = await putBytes(bytes, { profile: net.profile, wallet: ALICE })
      await storeDataKey({ profile: net.profile, wallet: ALICE, dataHash: root, dataKey: key })
      const args = [[{ dataDescription: 'memory', dataHash: root }], ALICE.address]
      const receipt = await writeContract({ ...contract, wallet: ALICE, functionName: 'mint', args })
      return requireAgentId(`${BigInt(receipt.logs[0]?.topics[3] ?? 0)}`)
    }
    const noise = await mintRaw(Uint8Array.from({ length: 64 }, (_, i) => i))
    const text = await mintRaw(await encryptBlob(new TextEncoder().encode('just a text'), key))
    for (const id of [noise, text]) {
      const run = runAgent({ profile: net.profile, wallet: ALICE, id, task: 'x' })
      await expect(run).rejects.toMatchObject({ code: 'AGENT_DATA_INVALID' })
    }
    const nowhere = showAgent({ profile: net.profile, id: requireAgentId(`${BOB.address}:0`) })
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a changed key file is noticed', async () => {
    const stateDir = join(net.directory, 'damaged')
    const { root } = (await agents())[0] ?? expect.unreachable('no agent')
    mkdirSync(join(stateDir, 'keystore'), { recursive: true })
    const text = readFileSync(join(net.profile.stateDir, 'keystore', `${root}.json`), 'utf8')
    const file = JSON.parse(text)
    file.ciphertext = file.ciphertext.replace(/.$/, (digit: string) => (digit === '0' ? '1' : '0'))
    writeFileSync(join(stateDir, 'keystore', `${root}.json`), JSON.stringify(file))
    const run = runAgent({ profile: { ...net.profile, stateDir }, wallet: ALICE, id: requireAgentId('0'), task: 'x' })
    await expect(run).rejects.toMatchObject({ code: 'KEYSTORE_DAMAGED' })
    rmSync(stateDir, { recursive: true })
  })
})

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentContract, requireAgentId } from '../../src/client/agent/agent-contract.ts'
import { loadDataKey } from '../../src/client/agent/keystore.ts'
import { type MintResult, mintAgent } from '../../src/client/agent/mint.ts'
import { runAgent } from '../../src/client/agent/run.ts'
import { verifyAgent } from '../../src/client/agent/verify-agent.ts'
import { readContract, writeContract } from '../../src/client/chain/contract.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import type { Wallet } from '../../src/client/chain/wallet.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import type { Evidence, EvidenceLink } from '../../src/client/verify/evidence.ts'
import { type VerifyOptions, verifySubject } from '../../src/client/verify/verify.ts'
import { decodeAgentManifest, encodeAgentManifest } from '../../src/protocol/agent/agent-manifest.ts'
import { decryptBlob, encryptBlob } from '../../src/protocol/agent/encrypted-blob.ts'
import { contractPublicKey, openSealedKey, sealKey } from '../../src/protocol/agent/sealed-key.ts'
import { type AccessProof, signAccessProof } from '../../src/protocol/agent/transfer-proof.ts'
import type { OracleInfo, ProveTransferBody, ProveTransferReply } from '../../src/protocol/agent/transfer-request.ts'
import { signTransferRequest } from '../../src/protocol/agent/transfer-request.ts'
import { fromHex, toHex } from '../../src/protocol/ecdsa.ts'
import { type AgentNetwork, ALICE, BOB, ORACLE, startAgentNetwork } from '../helpers/agent-network.ts'

let net: AgentNetwork
let agent: MintResult
let receiptFile: string
let receiptId: string

beforeAll(async () => {
  net = await startAgentNetwork()
  const memory = join(net.directory, 'memory')
  mkdirSync(memory)
  writeFileSync(join(memory, 'facts.md'), 'The harbour opens at nine.')
  agent = await mintAgent({ profile: net.profile, wallet: ALICE, name: 'scout', model: 'og-tiny', memory })
  const run = await runAgent({ profile: net.profile, wallet: ALICE, id: requireAgentId('0'), task: 'when?' })
  receiptFile = run.receiptFile
  receiptId = run.receipt.id
})
afterAll(() => net[Symbol.asyncDispose]())

const verify = (subject: string, more: Partial<VerifyOptions> = {}) =>
  verifySubject(subject, { profile: net.profile, ...more })
const broken = ({ evidence }: { evidence: Evidence[] }): EvidenceLink | undefined =>
  evidence.flatMap(({ links }) => links).find(({ verdict }) => verdict === 'false')

describe('an untouched agent', () => {
  test('every link holds', async () => {
    const result = await verify('agent:0')
    expect(result.evidence[0]?.links.filter(({ verdict }) => verdict !== 'true')).toEqual([])
    expect(result.verdict).toBe('true')
    expect(result.evidence[0]?.kind).toBe('agent')
  })

  test.each(['0', 'agent:0'])('is found as %s', async (subject) => {
    expect((await verify(subject)).evidence[0]?.subject).toBe('agent:0')
  })

  test('its root, its mint and its receipt are detected and verified', async () => {
    expect((await verify(agent.root)).evidence).toMatchObject([{ kind: 'root', verdict: 'true' }])
    expect((await verify(agent.txHash ?? '')).evidence).toMatchObject([{ kind: 'tx', verdict: 'true' }])
    for (const subject of [receiptId, receiptId.slice(0, 12), receiptFile]) {
      const { evidence, verdict } = await verify(subject)
      expect(evidence).toMatchObject([{ kind: 'receipt' }])
      expect(verdict).not.toBe('false')
    }
  })

  test('without the owner’s key, what is encrypted stays unchecked', async () => {
    const profile = { ...net.profile, stateDir: join(net.directory, 'elsewhere') }
    const result = await verify('agent:0', { profile })
    expect(result.verdict).toBe('unchecked')
    expect(result.evidence[0]?.links.some(({ verdict }) => verdict === 'false')).toBe(false)
  })

  test('an account that does not own it claims it in vain', async () => {
    const result = await verify('agent:0', { from: 'bob' })
    expect(result.verdict).toBe('false')
    expect(broken(result)).toMatchObject({
      expected: expect.stringContaining('bob'),
      actual: expect.stringContaining('alice'),
    })
    expect((await verify('agent:0', { from: 'alice' })).verdict).toBe('true')
  })
})

describe('subjects', () => {
  test('what is nowhere is not found, not false', async () => {
    await expect(verify(`0x${'12'.repeat(32)}`)).rejects.toMatchObject({ code: 'SUBJECT_UNKNOWN' })
    await expect(verify('agent:77')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(verify('./nowhere.bin')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(verify('nonsense')).rejects.toMatchObject({ code: 'SUBJECT_UNKNOWN' })
    await expect(verify('0x12345678')).rejects.toMatchObject({ code: 'RECEIPT_NOT_FOUND' })
    await expect(verify('nonsense', { as: 'tx' })).rejects.toMatchObject({ code: 'VALUE_INVALID' })
  })

  test('a stored file is true; any changed byte, and a missing or added one, is false', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251)
    await putBytes(bytes, { profile: net.profile, wallet: ALICE })
    const path = join(net.directory, 'file.bin')
    const verdictOf = async (content: Uint8Array) => {
      writeFileSync(path, content)
      return (await verify(path)).verdict
    }
    expect(await verdictOf(bytes)).toBe('true')
    for (const at of [0, 262_144, 299_999]) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await verdictOf(changed)).toBe('false')
    }
    expect(await verdictOf(bytes.subarray(0, 299_999))).toBe('false')
    expect(await verdictOf(Uint8Array.from([...bytes, 0]))).toBe('false')
  })

  test('an agent id that is also a file has to be named', async () => {
    const directory = join(net.directory, 'cwd')
    mkdirSync(directory)
    writeFileSync(join(directory, '0'), 'a file called 0')
    const before = process.cwd()
    process.chdir(directory)
    try {
      await expect(verify('0')).rejects.toMatchObject({ code: 'SUBJECT_AMBIGUOUS' })
      expect((await verify('0', { as: 'agent' })).evidence[0]?.kind).toBe('agent')
      expect((await verify('0', { as: 'file' })).evidence[0]?.kind).toBe('file')
    } finally {
      process.chdir(before)
    }
  })
})

describe('tampering', () => {
  test('no changed byte of a receipt goes unnoticed', async () => {
    const original = readFileSync(receiptFile)
    const path = join(net.directory, 'receipt.json')
    const untouched = (await verify(receiptFile)).verdict
    expect(untouched).not.toBe('false')
    for (let at = 0; at < original.length; at += 37) {
      const changed = Buffer.from(original)
      changed[at] = (changed[at] ?? 0) ^ 4
      writeFileSync(path, changed)
      const result = await verify(path, { as: 'receipt' })
      const value = JSON.stringify(tryParse(changed))
      // White space is not part of a receipt, and what it says of its settlement is not bound by it.
      if (value === JSON.stringify(tryParse(original)) || differsOnlyInSettlement(changed, original)) continue
      expect(result.verdict, `byte ${at}`).toBe('false')
    }
  })

  test.each(['manifest', 'memory'])('a byte of the stored %s changed by its node makes it false', async (what) => {
    const dataKey =
      (await loadDataKey({ profile: net.profile, wallet: ALICE, dataHash: agent.root })) ?? expect.unreachable()
    const { memory } = await manifestOf(agent.root, dataKey)
    const root = what === 'manifest' ? agent.root : (memory[0]?.root ?? '0x')
    await using liar = await startLiar(net, root)
    const result = await verify('agent:0', { profile: liar.profile })
    expect(result.verdict).toBe('false')
    expect(broken(result)?.claim).toContain(what === 'manifest' ? 'data 0' : 'facts.md')
  })

  test('a byte changed on the disk of a storage node is never true', async () => {
    const other = await mintAgent({ profile: net.profile, wallet: ALICE, name: 'unlucky', model: 'og-tiny' })
    const stored = Buffer.from(await fetchBlob(other.root))
    const flipped = net.storageDirs.flatMap((directory) => flipOnDisk(directory, stored))
    expect(flipped.length).toBeGreaterThan(0)
    for (const subject of [`agent:${other.agentId}`, other.root]) {
      // The node notices by its checksum and no longer has the segment: missing data is unchecked, not false.
      const result = await verify(subject)
      expect(result.verdict).toBe('unchecked')
    }
  })

  test('a token whose data is another agent’s, or not an agent at all, is false', async () => {
    const contract = agentContract(net.profile)
    const mintRaw = async (dataHash: Hex, dataDescription: string) => {
      await writeContract({
        ...contract,
        wallet: ALICE,
        functionName: 'mint',
        args: [[{ dataDescription, dataHash }], ALICE.address],
      })
      return (await readContract<bigint>({ ...contract, functionName: 'balanceOf', args: [ALICE.address] })) - 1n
    }
    const [{ dataDescription }] = await readContract<[{ dataDescription: string }]>({
      ...contract,
      functionName: 'intelligentDatasOf',
      args: [0n],
    })
    const renamed = await mintRaw(agent.root, dataDescription.replace('"name":"scout"', '"name":"other"'))
    const result = await verify(`agent:${renamed}`)
    expect(broken(result)).toMatchObject({
      claim: 'the public name is that of the manifest',
      expected: 'scout',
      actual: 'other',
    })
    const absent = await mintRaw(`0x${'77'.repeat(32)}`, dataDescription)
    expect((await verify(`agent:${absent}`)).verdict).toBe('false')
  })

  test('a manifest written by another key schedule than the published one is not the encryption of itself', async () => {
    const dataKey =
      (await loadDataKey({ profile: net.profile, wallet: ALICE, dataHash: agent.root })) ?? expect.unreachable()
    const manifest = await manifestOf(agent.root, dataKey)
    const again = await encryptBlob(encodeAgentManifest(manifest), dataKey)
    expect(again).toEqual(await fetchBlob(agent.root))
    const other = await encryptBlob(encodeAgentManifest(manifest), dataKey, new Uint8Array(12))
    expect(other).not.toEqual(again)
  })
})

describe('changing hands', () => {
  async function ownershipOf(
    from: Wallet,
    to: Wallet,
    tokenId: bigint,
    change: (body: ProveTransferBody) => ProveTransferBody = (body) => body,
  ) {
    const info = (await (await fetch(`${net.oracleUrl}/info`)).json()) as OracleInfo
    const { address } = agentContract(net.profile)
    const dataKey =
      (await loadDataKey({ profile: net.profile, wallet: from, dataHash: agent.root })) ?? expect.unreachable()
    const accessProofs: AccessProof[] = [
      signAccessProof(
        { dataHash: agent.root, targetPubkey: '0x', nonce: toHex(crypto.getRandomValues(new Uint8Array(32))) },
        to.privateKey,
      ),
    ]
    const deadline = BigInt(Math.floor(Date.now() / 1000) + 600)
    const request = {
      chainId: net.profile.chainId,
      contract: address,
      tokenId,
      from: from.address,
      to: to.address,
      accessProofs,
      deadline,
    }
    const body: ProveTransferBody = {
      contract: address,
      tokenId: `${tokenId}`,
      from: from.address,
      to: to.address,
      accessProofs,
      sealedKeys: [toHex(sealKey(dataKey, fromHex(info.publicKey)))],
      deadline: `${deadline}`,
      authorization: signTransferRequest(request, from.privateKey),
    }
    const response = await fetch(`${net.oracleUrl}/transfer/prove`, {
      method: 'POST',
      body: JSON.stringify(change(body)),
    })
    return {
      status: response.status,
      reply: (await response.json()) as ProveTransferReply & { error?: { code: string; message: string } },
    }
  }

  test('the oracle says that it is simulated', async () => {
    expect(await (await fetch(`${net.oracleUrl}/health`)).json()).toEqual({ status: 'ok', simulated: true })
    expect(await (await fetch(`${net.oracleUrl}/info`)).json()).toMatchObject({
      simulated: true,
      address: ORACLE.address,
      chainId: 31337,
    })
    expect((await fetch(`${net.oracleUrl}/nowhere`)).status).toBe(404)
    expect((await fetch(`${net.oracleUrl}/transfer/prove`, { method: 'POST', body: '{' })).status).toBe(400)
  })

  test.each<[string, (body: ProveTransferBody) => ProveTransferBody]>([
    ['a signature of somebody else', (body) => ({ ...body, authorization: body.accessProofs[0]?.proof ?? '0x' })],
    ['another receiver than was authorised', (body) => ({ ...body, to: ORACLE.address })],
    ['a deadline moved', (body) => ({ ...body, deadline: `${BigInt(body.deadline) + 1n}` })],
    ['a deadline passed', (body) => ({ ...body, deadline: '1' })],
    ['a key of other data', (body) => ({ ...body, sealedKeys: [sealTo(ORACLE, new Uint8Array(32))] })],
    ['a key sealed to somebody else', (body) => ({ ...body, sealedKeys: [sealTo(BOB, new Uint8Array(32))] })],
    ['no key', (body) => ({ ...body, sealedKeys: [] })],
  ])('it refuses %s', async (_, change) => {
    const { status, reply } = await ownershipOf(ALICE, BOB, 0n, change)
    expect(status).toBe(403)
    expect(reply.error?.code).toBe('PROOF_REFUSED')
  })

  test('its proof moves the agent, the key opens for the new owner alone, and verify checks the oracle', async () => {
    const contract = agentContract(net.profile)
    const { status, reply } = await ownershipOf(ALICE, BOB, 0n)
    expect(status).toBe(200)
    expect(reply.simulated).toBe(true)
    await writeContract({
      ...contract,
      wallet: ALICE,
      functionName: 'iTransferFrom',
      args: [ALICE.address, BOB.address, 0n, reply.proofs],
    })
    expect(await readContract<Hex>({ ...contract, functionName: 'ownerOf', args: [0n] })).toBe(BOB.address)
    const sealed = fromHex(reply.proofs[0]?.ownershipProof.sealedKey ?? '0x')
    const dataKey = openSealedKey(sealed, fromHex(BOB.privateKey))
    expect(dataKey && (await manifestOf(agent.root, dataKey)).name).toBe('scout')
    expect(openSealedKey(sealed, fromHex(ALICE.privateKey))).toBeUndefined()

    const { links } = await verifyAgent({ profile: net.profile, id: requireAgentId('0') })
    expect(links.filter(({ verdict }) => verdict === 'false')).toEqual([])
    const oracleLink = links.find(({ simulated }) => simulated)
    expect(oracleLink).toMatchObject({ verdict: 'true', expected: ORACLE.address, actual: ORACLE.address })
    await expect(
      runAgent({ profile: net.profile, wallet: ALICE, id: requireAgentId('0'), task: 'x' }),
    ).rejects.toMatchObject({ code: 'WRONG_KEY' })
    expect((await verify('agent:0', { from: 'alice' })).verdict).toBe('false')
  })

  test('the former owner cannot have another proof', async () => {
    const { reply } = await ownershipOf(ALICE, BOB, 0n)
    expect(reply.error?.code).toBe('PROOF_REFUSED')
  })

  test('a plain transfer delivers no key, and verify says so', async () => {
    const contract = agentContract(net.profile)
    await writeContract({
      ...contract,
      wallet: BOB,
      functionName: 'transferFrom',
      args: [BOB.address, ALICE.address, 0n],
    })
    const result = await verify('agent:0')
    expect(result.verdict).toBe('false')
    expect(broken(result)?.claim).toBe('the last transfer delivered the data key to the new owner')
  })
})

describe('what is down', () => {
  test('storage down: the agent is unchecked, never true and never false', async () => {
    const result = await mintAgent({ profile: net.profile, wallet: ALICE, name: 'last', model: 'og-tiny' })
    await Promise.all([net.gateway.stop(), ...net.storageNodes.map((node) => node.stop())])
    expect((await verify(`agent:${result.agentId}`)).verdict).toBe('unchecked')
  })

  test('chain down: nothing can be said', async () => {
    await net.chain.stop()
    await expect(verify('agent:0')).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', exitCode: 6 })
  })
})

async function fetchBlob(root: Hex): Promise<Uint8Array> {
  const { getBytes } = await import('../../src/client/storage/get.ts')
  return await getBytes(root, { profile: net.profile })
}

async function manifestOf(root: Hex, dataKey: Uint8Array) {
  const plaintext = (await decryptBlob(await fetchBlob(root), dataKey)) ?? expect.unreachable('it does not open')
  return decodeAgentManifest(plaintext) ?? expect.unreachable('it is no manifest')
}

const sealTo = (wallet: Wallet, key: Uint8Array): Hex =>
  toHex(sealKey(key, contractPublicKey(fromHex(wallet.privateKey))))

function tryParse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function differsOnlyInSettlement(a: Buffer, b: Buffer): boolean {
  const strip = (bytes: Buffer) => {
    const value = tryParse(bytes) as Record<string, unknown> | undefined
    return value && JSON.stringify({ ...value, settlementNonce: null })
  }
  const [first, second] = [strip(a), strip(b)]
  return first !== undefined && first === second
}

/** Flips one bit of `wanted` wherever a file below the directory contains it. */
function flipOnDisk(directory: string, wanted: Buffer): string[] {
  const changed: string[] = []
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    const at = content.indexOf(wanted)
    if (at < 0) continue
    content[at + 20] = (content[at + 20] ?? 0) ^ 1
    writeFileSync(path, content)
    changed.push(path)
  }
  return changed
}

/** The same network through nodes that serve one file with a byte changed, and everything else as it is. */
async function startLiar(network: AgentNetwork, root: Hex): Promise<{ profile: NetworkProfile } & AsyncDisposable> {
  const targets: string[] = [network.profile.storage.indexer]
  const server: Server = createServer(async (request, response) => {
    // It has the methods of the protocol only, as the public nodes.
    if (request.method !== 'POST') return response.writeHead(405).end()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const target = targets[Number(request.url?.slice(1) || 0)] ?? ''
    const body = Buffer.concat(chunks)
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const reply = (await answer.json()) as { result?: unknown }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...reply, result: twist(reply.result) }))
  })
  const here = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  function twist(result: unknown): unknown {
    if (Array.isArray(result)) return result.map(twist)
    if (typeof result !== 'object' || result === null) return result
    const fields = result as Record<string, unknown>
    if (typeof fields['url'] === 'string') {
      const index = targets.indexOf(fields['url'])
      const known = index >= 0 ? index : targets.push(fields['url']) - 1
      return { ...fields, url: `${here()}/${known}` }
    }
    if (typeof fields['data'] === 'string' && fields['root'] === root) {
      const data = Buffer.from(fields['data'], 'base64')
      data[15] = (data[15] ?? 0) ^ 1
      return { ...fields, data: data.toString('base64') }
    }
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, twist(value)]))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    profile: { ...network.profile, storage: { indexer: here() } },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

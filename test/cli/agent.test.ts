import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AgentNetwork, startAgentNetwork } from '../helpers/agent-network.ts'
import { manifestOf } from '../helpers/manifest-of.ts'
import { runCli, runJson } from '../helpers/run-cli.ts'

/** `0g agent` and `0g verify` as built, against services in this process that a manifest presents as a devnet. */

let net: AgentNetwork
let cwd: string

beforeAll(async () => {
  net = await startAgentNetwork()
  cwd = join(net.directory, 'project')
  mkdirSync(join(cwd, '.0g', 'default'), { recursive: true })
  mkdirSync(join(cwd, 'notes'))
  writeFileSync(join(cwd, 'notes', 'facts.md'), 'The harbour opens at nine.')
  writeFileSync(
    join(cwd, '.0g', 'default', 'manifest.json'),
    JSON.stringify(manifestOf(net, { 'agent-oracle': { oracle: net.oracleUrl } })),
  )
})
afterAll(() => net[Symbol.asyncDispose]())

const og = (...args: string[]) => runCli(args, { cwd })
const json = (...args: string[]) => runJson(args, { cwd })
const mint = ['agent', 'mint', '--name', 'scout', '--model', 'og-tiny', '--memory', './notes']

describe('0g agent', () => {
  test('mint --dry-run prints the plan and mints nothing', async () => {
    const { exitCode, stdout } = await og(...mint, '--dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^will encrypt 26 B \(1 memory file\), put 2 files, mint on 0x[0-9a-f]{40} for 0x[0-9a-f]{40}, cost ≈ [\d.e-]+ 0G\n/,
    )
    expect((await json('agent', 'ls')).body).toMatchObject({ ok: true, data: { agents: [] } })
  })

  test('mint prints the id; run again it is the same one', async () => {
    expect(await og(...mint, '--quiet')).toMatchObject({ exitCode: 0, stdout: '0\n' })
    expect((await json(...mint)).body).toMatchObject({ ok: true, data: { agentId: '0', isNew: false, txHash: null } })
    expect((await og('agent', 'ls')).stdout).toMatch(
      /^ID +NAME +MODEL +OWNER +KEY +DATA\n0 +scout +og-tiny +alice +here +0x/,
    )
    expect((await og('agent', 'show', '0')).stdout).toContain('facts.md')
  })

  test('run streams the answer alone to stdout', async () => {
    const { exitCode, stdout, stderr } = await og('agent', 'run', '0', 'when?')
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'when?\n' })
    expect(stderr).toMatch(/receipt 0x[0-9a-f]{64}/)
    expect((await json('agent', 'run', '0', 'when?')).body).toMatchObject({
      data: { text: 'when?', memoryUsed: ['facts.md'] },
    })
  })

  test.each([
    [['agent', 'mint', '--name', 'x', '--model', 'og-tiny', '--memory', './nowhere'], 'FILE_NOT_FOUND', 4],
    [['agent', 'mint', '--name', 'x', '--model', 'og-tiny', '--memory', './notes/facts.md'], 'PATH_UNUSABLE', 4],
    [['agent', 'mint', '--name', 'x', '--model', 'og-tinny'], 'UNKNOWN_MODEL', 4],
    [['agent', 'mint', '--name', 'x', '--model', 'og-tiny', '--from', 'nobody'], 'UNKNOWN_ACCOUNT', 4],
    [['agent', 'run', '0', 'x', '--from', 'bob'], 'WRONG_KEY', 2],
    [['agent', 'run', 'seven', 'x'], 'VALUE_INVALID', 2],
    [['agent', 'run', '0', 'x', '--temperature', 'hot'], undefined, 2],
    [['agent', 'show', '99'], 'NOT_FOUND', 4],
  ])('%j fails with %s', async (args, code, expected) => {
    const { exitCode, body } = await json(...args)
    expect(exitCode).toBe(expected)
    if (code !== undefined) expect(body.error).toMatchObject({ code })
  })
})

describe('0g verify', () => {
  test('0 when every link holds', async () => {
    const { exitCode, stdout } = await og('verify', 'agent:0')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^agent agent:0: true\n/)
    expect(await og('verify', '0', '--quiet')).toMatchObject({ exitCode: 0, stdout: 'true\n' })
  })

  test('5 when one does not, named', async () => {
    const { exitCode, stdout } = await og('verify', 'agent:0', '--from', 'bob')
    expect(exitCode).toBe(5)
    expect(stdout).toContain('first link that does not hold: the account that asks owns the agent')
    writeFileSync(join(cwd, 'unknown.bin'), 'nobody stored this')
    expect((await og('verify', './unknown.bin')).exitCode).toBe(5)
  })

  test('4 when there is no such thing, 2 when it is not clear what is meant', async () => {
    expect((await json('verify', `0x${'12'.repeat(32)}`)).exitCode).toBe(6)
    writeFileSync(join(cwd, '0'), 'a file with the name of an agent')
    const { exitCode, body } = await json('verify', '0')
    expect(exitCode).toBe(2)
    expect(body.error).toMatchObject({ code: 'SUBJECT_AMBIGUOUS' })
    expect((await og('verify', '0', '--as', 'agent')).exitCode).toBe(0)
  })

  test('6 when storage is down: neither true nor false', async () => {
    await Promise.all([net.gateway.stop(), ...net.storageNodes.map((node) => node.stop())])
    const { exitCode, body } = await json('verify', 'agent:0')
    expect(exitCode).toBe(6)
    expect(body).toMatchObject({ ok: true, data: { verdict: 'unchecked' } })
  })
})

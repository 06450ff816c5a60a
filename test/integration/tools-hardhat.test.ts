import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../helpers/run-cli.ts'
import { startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** A Hardhat 3 project that runs its own tests against the node: `hardhat test --network …`. */
let chain: TestChain
let project: string

beforeAll(async () => {
  chain = await startTestChain()
  project = mkdtempSync(join(tmpdir(), 'og-hardhat-'))
  cpSync(join(ROOT, 'test', 'fixtures', 'hardhat-project'), project, { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'dir')
})
afterAll(async () => {
  rmSync(project, { recursive: true, force: true })
  await chain[Symbol.asyncDispose]()
})

const hardhat = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js'), ...args], {
    cwd: project,
    env: { ...process.env, HOME: project, OG_TEST_RPC: chain.url, NO_COLOR: '1', NODE_OPTIONS: '' },
  })

test.each(['remote', 'keys'])('its tests pass with accounts of the network %s', async (network) => {
  const { stdout } = await hardhat('test', 'nodejs', '--network', network)
  expect(stdout).toMatch(/\b4 passing\b/)
  expect(stdout).not.toMatch(/failing/)
})

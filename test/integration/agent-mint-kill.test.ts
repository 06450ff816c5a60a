import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listAgents } from '../../src/client/agent/list.ts'
import { mintAgent } from '../../src/client/agent/mint.ts'
import { type AgentNetwork, ALICE, startAgentNetwork } from '../helpers/agent-network.ts'

let net: AgentNetwork
let memory: string

beforeAll(async () => {
  net = await startAgentNetwork()
  memory = join(net.directory, 'memory')
  mkdirSync(memory)
  for (let i = 0; i < 3; i++) writeFileSync(join(memory, `${i}.md`), `fact ${i}`)
})
afterAll(() => net[Symbol.asyncDispose]())

/** Starts a mint in another process and kills it (SIGKILL) when it reports the step; resolves once it is gone. */
async function mintAndKill(name: string, step: string): Promise<void> {
  const child = fork(fileURLToPath(new URL('../helpers/mint-child.ts', import.meta.url)), { execArgv: [] })
  child.on('message', (message: { step?: string; error?: string }) => {
    if (message.step === 'up') child.send({ profile: net.profile, name, memory })
    if (message.step === step || message.error) child.kill('SIGKILL')
  })
  await once(child, 'exit')
}

const named = async (name: string) =>
  (await listAgents({ profile: net.profile })).filter((agent) => agent.name === name)

describe('a mint killed with SIGKILL', () => {
  test.each(['encrypt started', 'encrypt done', 'store started', 'store done', 'mint started', 'mint done'])(
    'after "%s" resumes to exactly one agent that opens',
    async (step) => {
      const name = `killed ${step}`
      await mintAndKill(name, step)
      const resumed = await mintAgent({ profile: net.profile, wallet: ALICE, name, model: 'og-tiny', memory })
      expect(await named(name)).toMatchObject([{ agentId: resumed.agentId, canDecrypt: true }])
      const left = readdirSync(join(net.profile.stateDir, 'agents')).filter((file) => !file.endsWith('.json'))
      expect(left).toEqual([])
    },
  )
})

import { isOgError } from '../../errors/og-error.ts'
import type { Receipt } from '../../protocol/compute/receipt.ts'
import type { Wallet } from '../chain/wallet.ts'
import { type OnComputeStep, reportStep } from '../compute/progress.ts'
import { type ChatMessage, type InferenceResult, runInference } from '../compute/run.ts'
import type { NetworkProfile } from '../profile.ts'
import { type AgentId, agentContract } from './agent-contract.ts'
import { type OpenAgent, openAgent } from './open-agent.ts'
import { composePrompt, type MemoryText, shrinkMemory } from './prompt.ts'

export type AgentRunOptions = {
  profile: NetworkProfile
  wallet: Wallet
  id: AgentId
  task: string
  maxTokens?: number | undefined
  temperature?: number | undefined
  provider?: string | undefined
  onToken?: ((text: string) => void) | undefined
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}

export type AgentRunResult = {
  agentId: string
  name: string
  text: string
  usage: InferenceResult['usage']
  receipt: Receipt
  receiptFile: string
  /** memory files whose text went into the prompt, and those left out (not text, or no room in the model's context) */
  memoryUsed: string[]
  memoryLeftOut: string[]
}

/** Text the first attempt may take from memory; a model with less room gets half of it, and half again, until it fits. */
const MEMORY_CHARACTERS = 16_384

/**
 * Runs an agent on one task: opens it, puts persona and memory before the task, and asks its model through a provider found
 * on chain.
 * @throws OgError WRONG_KEY, AGENT_KEY_MISSING, AGENT_DATA_INVALID, NOT_FOUND, and those of running a model
 */
export async function runAgent(options: AgentRunOptions): Promise<AgentRunResult> {
  const { profile, wallet, id, task, onStep, signal } = options
  const contract = agentContract(profile, id.contract)
  const { agent, persona, memory } = await reportStep(onStep, 'open', 'fetch and decrypt the agent', async () => {
    const opened = await openAgent({ profile, wallet, contract, tokenId: id.tokenId, signal })
    return { agent: opened, ...(await readTexts(opened)) }
  })
  let used = shrinkMemory(memory, MEMORY_CHARACTERS)
  for (;;) {
    const messages = composePrompt({ name: agent.manifest.name, persona, memory: used, task })
    try {
      const result = await ask(options, agent, messages)
      const paths = new Set(used.map(({ path }) => path))
      return {
        agentId: `${id.tokenId}`,
        name: agent.manifest.name,
        ...result,
        memoryUsed: [...paths],
        memoryLeftOut: agent.manifest.memory.map(({ path }) => path).filter((path) => !paths.has(path)),
      }
    } catch (error) {
      if (!isPromptTooLong(error) || used.length === 0) throw error
      const characters = used.reduce((sum, { text }) => sum + text.length, 0)
      used = characters < 64 ? [] : shrinkMemory(memory, Math.floor(characters / 2))
    }
  }
}

async function ask(options: AgentRunOptions, agent: OpenAgent, messages: ChatMessage[]) {
  const { profile, wallet, maxTokens, temperature, provider, onToken, onStep, signal } = options
  const model = agent.manifest.model.name
  const { text, usage, receipt, receiptFile } = await runInference({
    profile,
    wallet,
    model,
    messages,
    maxTokens,
    temperature,
    provider,
    onToken,
    onStep,
    signal,
  })
  return { text, usage, receipt, receiptFile }
}

async function readTexts(agent: OpenAgent): Promise<{ persona: string | undefined; memory: MemoryText[] }> {
  const { manifest, read } = agent
  const persona = manifest.persona ? asText(await read(manifest.persona)) : undefined
  const memory: MemoryText[] = []
  for (const file of manifest.memory) {
    const text = asText(await read(file))
    if (text !== undefined && text.trim() !== '') memory.push({ path: file.path, text })
  }
  return { persona, memory }
}

/** Models read text: what is not UTF-8 stays in the memory but out of the prompt. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

function isPromptTooLong(error: unknown): boolean {
  if (!isOgError(error)) return false
  return (
    error.code === 'PROMPT_TOO_LONG' || (error.code === 'PROVIDER_REFUSED' && /room for|too long/i.test(error.message))
  )
}

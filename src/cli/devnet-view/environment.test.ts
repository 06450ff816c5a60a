import { expect, test } from 'vitest'
import { upperSnake } from './environment.ts'

test.each([
  ['Flow', 'FLOW'],
  ['InferenceServing', 'INFERENCE_SERVING'],
  ['AgentNFT', 'AGENT_NFT'],
  ['TEEVerifier', 'TEE_VERIFIER'],
  ['Multicall3', 'MULTICALL3'],
])('%s becomes %s', (name, expected) => {
  expect(upperSnake(name)).toBe(expected)
})

import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { createTransformersEngine } from './transformers-engine.ts'

vi.mock('@huggingface/transformers', () => {
  throw new Error("Cannot find package '@huggingface/transformers' imported from the engine")
})

const MODEL_DIR = fileURLToPath(new URL('../../../../models/og-tiny', import.meta.url))

test('a missing optional package is named, with the command that installs it', async () => {
  const loading = createTransformersEngine().load(MODEL_DIR)
  await expect(loading).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
    hint: expect.stringContaining('npm install --ignore-scripts @huggingface/transformers') as string,
  })
})

test('nothing is generated before a model is loaded', async () => {
  await expect(createTransformersEngine().countTokens([])).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})

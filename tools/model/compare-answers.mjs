// Asks og-tiny the held-out questions through transformers.js and counts the answers that are those evaluate.py got:
//     node compare-answers.mjs ../../models build/answers.json build/agreement.json
import { readFileSync, writeFileSync } from 'node:fs'
import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers'

const [models, answersFile, out] = process.argv.slice(2)
const MAX_TOKENS = 120 // as in evaluate.py

env.allowRemoteModels = false
env.localModelPath = models
const tokenizer = await AutoTokenizer.from_pretrained('og-tiny')
const model = await AutoModelForCausalLM.from_pretrained('og-tiny', {
  dtype: 'q8',
  device: 'cpu',
  session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
})

const answers = JSON.parse(readFileSync(answersFile, 'utf8'))
let same = 0
for (const [question, expected] of answers) {
  const inputs = tokenizer.apply_chat_template([{ role: 'user', content: question }], {
    add_generation_prompt: true,
    return_dict: true,
  })
  const output = await model.generate({ ...inputs, max_new_tokens: MAX_TOKENS, do_sample: false })
  const ids = Array.from(output.data).slice(inputs.input_ids.dims[1])
  if (tokenizer.decode(ids, { skip_special_tokens: true }) === expected) same++
}
const result = { questions: answers.length, same }
console.log(result)
if (out) writeFileSync(out, `${JSON.stringify(result)}\n`)

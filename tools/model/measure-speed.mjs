// Measures og-tiny through transformers.js and writes the numbers for the model card:
//     node measure-speed.mjs ../../models build/speed.json
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { AutoModelForCausalLM, AutoTokenizer, env, TextStreamer } from '@huggingface/transformers'

const [models, out] = process.argv.slice(2)
const RUNS = 15
const QUESTION = 'How do I create an agent?'
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

env.allowRemoteModels = false
env.localModelPath = models
const loading = performance.now()
const tokenizer = await AutoTokenizer.from_pretrained('og-tiny')
const model = await AutoModelForCausalLM.from_pretrained('og-tiny', {
  dtype: 'q8',
  device: 'cpu',
  session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
})
const loadMs = performance.now() - loading

const firsts = []
const rates = []
for (let run = 0; run < RUNS; run++) {
  const start = performance.now()
  const inputs = tokenizer.apply_chat_template([{ role: 'user', content: QUESTION }], {
    add_generation_prompt: true,
    return_dict: true,
  })
  let first
  let tokens = 0
  const streamer = new TextStreamer(tokenizer, {
    skip_prompt: true,
    callback_function: () => {},
    token_callback_function: () => {
      first ??= performance.now()
      tokens++
    },
  })
  await model.generate({ ...inputs, max_new_tokens: 128, do_sample: false, streamer })
  firsts.push(first - start)
  rates.push((1000 * (tokens - 1)) / (performance.now() - first))
}
const result = {
  transformers: env.version,
  node: process.versions.node,
  cpu: cpus()[0].model.trim(),
  runs: RUNS,
  loadMs: Math.round(loadMs),
  firstTokenMs: Math.round(median(firsts)),
  tokensPerSecond: Math.round(median(rates)),
  rssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}
console.log(result)
if (out) writeFileSync(out, `${JSON.stringify(result)}\n`)

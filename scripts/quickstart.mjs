// The README's walk, on real input: boots a devnet in a fresh directory, puts a file, buys an inference, mints an agent,
// verifies each of them, stops the network. Everything it runs is what a person would type.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const BIN = join(ROOT, 'bin', 'run.js')
const home = mkdtempSync(join(tmpdir(), '0g-quickstart-'))

/** Runs one command as shown; its output goes straight to the terminal. With `capture`, returns the envelope's data instead. */
function og(args, { capture = false } = {}) {
  if (!capture) process.stdout.write(`\n$ 0g ${args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg)).join(' ')}\n`)
  const { status, stdout } = spawnSync(process.execPath, [BIN, ...args, ...(capture ? ['--json'] : [])], {
    cwd: home,
    encoding: 'utf8',
    stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`\`0g ${args.join(' ')}\` ended with exit code ${status}`)
  return capture ? JSON.parse(stdout).data : undefined
}

const memory = join(home, 'memory')
mkdirSync(memory)
writeFileSync(join(memory, 'notes.md'), '# Notes\n\nThe owner prefers short answers and works on the 0G devnet.\n')
const model = join(ROOT, 'models', 'og-tiny', 'onnx', 'model_quantized.onnx')

let failure
try {
  og(['devnet', 'up', '--detach'])
  og(['storage', 'put', model])
  og(['compute', 'run', 'og-tiny', 'How do I start a devnet?'])
  og(['agent', 'mint', '--name', 'guide', '--model', 'og-tiny', '--memory', memory])
  const { root } = og(['storage', 'put', model], { capture: true })
  og(['verify', root])
  og(['devnet', 'status'])
} catch (error) {
  failure = error
}
try {
  og(['devnet', 'down'])
} catch (error) {
  failure ??= error
}
rmSync(home, { recursive: true, force: true })
if (failure !== undefined) {
  process.stderr.write(`\nquickstart: ${failure.message}\n`)
  process.exit(1)
}
process.stdout.write('\nAll of it ran on this machine. Next: ./bin/0g devnet up\n')

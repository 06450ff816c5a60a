// The README's quickstart, run for real in a fresh directory: boots a devnet, puts a file, buys an inference, mints an agent,
// verifies them, stops the network. `--update-readme` also writes what was printed into the README.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyQuickstartInput, ROOT, readQuickstart, writeQuickstart } from './readme-quickstart.mjs'

const BIN = join(ROOT, 'bin', 'run.js')
const home = mkdtempSync(join(tmpdir(), '0g-quickstart-'))

/** Runs one command, showing its output as it comes; resolves with its stdout, rejects unless it succeeded. */
function og({ line, args }) {
  process.stdout.write(`\n$ ${line}\n`)
  const child = spawn(process.execPath, [BIN, ...args], { cwd: home, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    process.stdout.write(text)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 ? resolve(stdout) : reject(new Error(`\`${line}\` ended with exit code ${status}`)),
    )
  })
}

const steps = readQuickstart()
let failure
try {
  copyQuickstartInput(home)
  for (const step of steps) step.output = await og(step)
} catch (error) {
  failure = error
  await og({ line: '0g devnet down', args: ['devnet', 'down'] }).catch(() => undefined)
}
rmSync(home, { recursive: true, force: true })
if (failure !== undefined) {
  process.stderr.write(`\nquickstart: ${failure.message}\n`)
  process.exit(1)
}
if (process.argv.includes('--update-readme')) {
  for (const step of steps) step.output = step.output.replaceAll(home, '/home/you/demo')
  writeQuickstart(steps)
}
process.stdout.write('\nAll of it ran on this machine. Next: ./bin/0g devnet up\n')

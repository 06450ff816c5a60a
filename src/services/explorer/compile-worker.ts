// Runs one Solidity compiler over the standard JSON on stdin and writes its answer to stdout. A process of its own that may read
// the compiler's file and nothing else (see compile.ts); the compiler's code itself runs in a context without Node's interfaces.
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'

type Compiler = { cwrap: (name: string, result: string, args: readonly string[]) => (...args: unknown[]) => string }

function load(file: string): Compiler {
  const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined }
  const names = { console: quiet, performance, TextDecoder, TextEncoder, setTimeout, clearTimeout, atob }
  const context = createContext(names, { codeGeneration: { strings: false, wasm: true } }) as { Module?: Compiler }
  runInContext(`${readFileSync(file, 'utf8')}\n;globalThis.Module = Module`, context, { filename: 'soljson.js' })
  if (!context.Module) throw new Error('the file is no Solidity compiler')
  return context.Module
}

const input = readFileSync(0, 'utf8')
const compiler = load(process.argv[2] ?? '')
const version = compiler.cwrap('solidity_version', 'string', [])()
const output = compiler.cwrap('solidity_compile', 'string', ['string', 'number', 'number'])(input, 0, 0)
process.stdout.write(`${version}\n${output}`)

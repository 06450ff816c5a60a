import { spawn } from 'node:child_process'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal } from './answer.ts'

export type CompiledCode = {
  object: string
  linkReferences?: Record<string, Record<string, { start: number; length: number }[]>>
  immutableReferences?: Record<string, { start: number; length: number }[]>
}

export type CompiledContract = {
  abi: unknown[]
  metadata?: string
  evm: { bytecode: CompiledCode; deployedBytecode: CompiledCode }
}

export type CompilerOutput = {
  /** `0.8.28+commit.7893614a` */
  longVersion: string
  contracts: Record<string, Record<string, CompiledContract>>
}

const TIMEOUT_MS = 120_000
const MAX_OUTPUT_BYTES = 128 * 1024 ** 2
const MAX_HEAP_MIB = 1_024

const SELF = fileURLToPath(import.meta.url)
const WORKER = join(dirname(SELF), `compile-worker${extname(SELF)}`)

/**
 * Compiles standard JSON with the compiler in `compilerFile`, in a process of its own: without rights to files, processes or
 * addons (Node's permission model), an empty environment, and ended when it takes too long or says too much.
 * @throws Refusal in Etherscan's form with the compiler's first errors
 */
export async function compile(compilerFile: string, input: object, signal: AbortSignal): Promise<CompilerOutput> {
  const text = await runWorker(compilerFile, JSON.stringify(input), signal)
  const end = text.indexOf('\n')
  const longVersion = text.slice(0, end).replace(/\.Emscripten.*$/, '')
  const output = JSON.parse(text.slice(end + 1)) as {
    errors?: { severity?: string; formattedMessage?: string; message?: string }[]
    contracts?: CompilerOutput['contracts']
  }
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0 || !output.contracts)
    throw new Refusal(
      `Compiler error: ${errors
        .slice(0, 3)
        .map((error) => error.formattedMessage ?? error.message)
        .join('\n')
        .slice(0, 2_000)}`,
    )
  return { longVersion, contracts: output.contracts }
}

function runWorker(compilerFile: string, input: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const rights = ['--permission', `--allow-fs-read=${WORKER}`, `--allow-fs-read=${compilerFile}`]
    const args = [...rights, '--no-warnings', `--max-old-space-size=${MAX_HEAP_MIB}`, WORKER, compilerFile]
    const [program, ...rest] = withCpuLimit([process.execPath, ...args])
    const child = spawn(program, rest, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    let sizeBytes = 0
    let failure: string | undefined
    let lastWords = ''
    const stop = (reason: string): void => {
      failure ??= reason
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => stop(`the compiler took more than ${TIMEOUT_MS / 1_000} s`), TIMEOUT_MS)
    const onAbort = () => stop('the explorer is stopping')
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    child.stdout.on('data', (part: Buffer) => {
      sizeBytes += part.length
      if (sizeBytes > MAX_OUTPUT_BYTES) stop('the compiler said too much')
      else parts.push(part)
    })
    child.stderr.on('data', (part: Buffer) => {
      lastWords = `${lastWords}${part.toString()}`.slice(-500)
    })
    child.stdin.on('error', () => undefined)
    child.on('error', (error) => stop(error.message))
    child.on('close', (code) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      if (failure === undefined && code === 0) resolve(Buffer.concat(parts, sizeBytes).toString('utf8'))
      else reject(new Refusal(`Compiler error: ${failure ?? `the compiler ended with ${code}: ${lastWords.trim()}`}`))
    })
    child.stdin.end(input)
  })
}

/** Where there is a POSIX shell the system itself ends a compiler that computes too long: also one whose explorer was killed. */
function withCpuLimit(command: [string, ...string[]]): [string, ...string[]] {
  if (process.platform === 'win32') return command
  return ['/bin/sh', '-c', `ulimit -t ${TIMEOUT_MS / 1_000}; exec "$@"`, 'sh', ...command]
}

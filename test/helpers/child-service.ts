import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MessageToChild } from '../../src/runtime/child/messages.ts'

/** One service of a devnet as a real process, started from source the way the supervisor does it. */
export type ChildService = {
  endpoints: Record<string, string>
  pid: number
  /** kill -9; resolves once the process is gone */
  kill(): Promise<void>
  /** resolves to its exit code when it ended, by itself or not */
  ended: Promise<number | null>
  /** asks it to stop; resolves to its exit code */
  stop(): Promise<number | null>
}

/** Forks `src/services/<folder>/main.ts` and waits until it is ready; rejects with what it reported when it fails. */
export async function startChildService(options: {
  folder: string
  config: unknown
  dataDir: string
  ports?: Record<string, number>
  peers?: Record<string, Record<string, string>>
}): Promise<ChildService> {
  const { folder, config, dataDir, ports = {}, peers = {} } = options
  mkdirSync(dataDir, { recursive: true })
  const entry = fileURLToPath(new URL(`../../src/services/${folder}/main.ts`, import.meta.url))
  const child = fork(entry, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const send = (message: MessageToChild) => child.send(message)
  send({ type: 'start', name: folder, config, dataDir, host: '127.0.0.1', ports, strictPorts: false, logLevel: 'info' })
  for (const [name, endpoints] of Object.entries(peers)) send({ type: 'peer', name, endpoints })
  const endpoints = await new Promise<Record<string, string>>((resolve, reject) => {
    child.on(
      'message',
      (message: { type: string; endpoints?: Record<string, string>; error?: { code: string; message: string } }) => {
        if (message.type === 'ready') resolve(message.endpoints ?? {})
        if (message.type === 'failed')
          reject(Object.assign(new Error(message.error?.message), { code: message.error?.code }))
      },
    )
    child.on('exit', (code) => reject(new Error(`${folder} exited with ${code}\n${output}`)))
  })
  return {
    endpoints,
    pid: child.pid ?? 0,
    ended,
    kill: () => end(child, () => child.kill('SIGKILL')).then(() => undefined),
    stop: () => end(child, () => send({ type: 'stop' })),
  }
}

async function end(child: ChildProcess, ask: () => void): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  ask()
  await exited
  return child.exitCode
}

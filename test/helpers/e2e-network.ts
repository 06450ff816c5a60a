import { mkdtemp, readFile, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { type RunCliOptions, type RunCliResult, runCli } from './run-cli.ts'

/** An empty directory in which a test uses the real binary as a person would. */
export type Workshop = AsyncDisposable & {
  home: string
  /** Runs `0g …` here. */
  og: (args: string[], options?: Omit<RunCliOptions, 'cwd'>) => Promise<RunCliResult>
  /** Runs `0g … --json`, which must succeed, and returns the envelope's data. */
  data: <T>(args: string[]) => Promise<T>
  manifest: (name?: string) => Promise<Manifest>
  /** Resolves with the manifest as soon as it satisfies `holds`; the daemon writes it at every change of state. */
  manifestWhere: (holds: (manifest: Manifest) => boolean, name?: string) => Promise<Manifest>
}

/** Opens a workshop; disposing it stops its networks and removes the directory. */
export async function openWorkshop(): Promise<Workshop> {
  const home = await mkdtemp(join(tmpdir(), '0g-e2e-'))
  const og: Workshop['og'] = (args, options) => runCli(args, { ...options, cwd: home })
  const manifest: Workshop['manifest'] = async (name = 'default') =>
    JSON.parse(await readFile(join(home, '.0g', name, 'manifest.json'), 'utf8')) as Manifest
  return {
    home,
    og,
    manifest,
    data: async <T>(args: string[]) => {
      const result = await og([...args, '--json'])
      if (result.exitCode !== 0) throw new Error(`0g ${args.join(' ')} ended with ${result.exitCode}: ${result.stdout}`)
      return (JSON.parse(result.stdout) as { data: T }).data
    },
    manifestWhere: async (holds, name = 'default') => {
      const changes = watch(join(home, '.0g', name), { signal: AbortSignal.timeout(30_000) })
      const current = await manifest(name)
      if (holds(current)) return current
      for await (const _change of changes) {
        const next = await manifest(name).catch(() => undefined)
        if (next !== undefined && holds(next)) return next
      }
      throw new Error('the manifest is no longer watched')
    },
    [Symbol.asyncDispose]: async () => {
      await og(['devnet', 'down', '--all'])
      await rm(home, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Pids of every process of a network: the daemon and its children. */
export function pidsOf(manifest: Manifest): number[] {
  const children = manifest.services.flatMap(({ pid }) => (pid === null ? [] : [pid]))
  return manifest.live === null ? children : [manifest.live.pid, ...children]
}

/** True while a process with this pid exists and is not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat !== undefined && !/\) Z /.test(stat)
}

/** One JSON-RPC call; throws on an error answer. */
export async function rpc<T>(url: string, method: string, params: unknown[] = []): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = (await response.json()) as { result?: T; error?: { message: string } }
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result as T
}

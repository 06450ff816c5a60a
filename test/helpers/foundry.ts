import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerBinary } from '../../scripts/peers.mjs'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

/** A Foundry project in a directory of its own, and Foundry's programs run there as a user of a node at `rpc` runs them. */
export type FoundryProject = {
  directory: string
  cast(...args: string[]): Promise<string>
  forge(...args: string[]): Promise<string>
  /** What a program that has to fail wrote to stderr. */
  refused(tool: 'cast' | 'forge', ...args: string[]): Promise<string>
} & Disposable

/**
 * Copies test/fixtures/foundry-project. solc is the one from npm; nothing is looked up online. The programs run beside
 * this process, not instead of it, because the node may live in it.
 */
export function foundryProject(rpc: string, env: Record<string, string> = {}): FoundryProject {
  const root = mkdtempSync(join(tmpdir(), 'og-foundry-'))
  const [directory, home] = [join(root, 'project'), join(root, 'home')]
  mkdirSync(home)
  cpSync(join(FIXTURES, 'foundry-project'), directory, { recursive: true })
  const settings = { solc: join(FIXTURES, 'solc-wrapper'), evm_version: 'cancun', offline: true }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  writeFileSync(join(directory, 'foundry.toml'), `[profile.default]\n${lines.join('\n')}\n`)
  const options = { cwd: directory, env: { ...process.env, HOME: home, ETH_RPC_URL: rpc, NO_COLOR: '1', ...env } }
  const run = (tool: 'cast' | 'forge', args: string[]) =>
    new Promise<{ failed: boolean; stdout: string; stderr: string }>((resolve) => {
      execFile(peerBinary(tool), args, options, (error, stdout, stderr) =>
        resolve({ failed: error !== null, stdout: stdout.trim(), stderr }),
      )
    })
  const succeed = async (tool: 'cast' | 'forge', args: string[]) => {
    const { failed, stdout, stderr } = await run(tool, args)
    if (failed) throw new Error(`${tool} ${args.join(' ')}\n${stdout}\n${stderr}`)
    return stdout
  }
  return {
    directory,
    cast: (...args) => succeed('cast', args),
    forge: (...args) => succeed('forge', args),
    async refused(tool, ...args) {
      const { failed, stdout, stderr } = await run(tool, args)
      if (!failed) throw new Error(`${tool} ${args.join(' ')} succeeded\n${stdout}`)
      return stderr
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

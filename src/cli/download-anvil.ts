import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { ANVIL_VERSION, anvilCache, anvilPackage, downloadedAnvil } from '../utils/downloaded-anvil.ts'
import { runStep } from './run-step.ts'
import type { Sink } from './sink.ts'

const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * Fetches Foundry's anvil from the npm registry into the cache of 0g, unless it is there. Only when the user asked for it: nothing else
 * in 0g downloads anything.
 * @throws CHAIN_ENGINE_MISSING when npm cannot fetch it
 */
export async function downloadAnvil(sink: Sink, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const binary = downloadedAnvil(env)
  if (existsSync(binary)) return binary
  const name = anvilPackage()
  return await runStep(sink, `fetch ${name}@${ANVIL_VERSION} from npm`, async () => {
    const target = anvilCache(env)
    await mkdir(dirname(target), { recursive: true })
    const beside = await mkdtemp(`${target}-`)
    try {
      const manifest = JSON.stringify({ private: true, dependencies: { [name]: ANVIL_VERSION } })
      await writeFile(`${beside}/package.json`, manifest)
      await npmInstall(beside)
      // Two commands may fetch at once: the first rename wins, and both find the same.
      await rename(beside, target).catch(() => {})
    } finally {
      await rm(beside, { recursive: true, force: true })
    }
    if (!existsSync(binary)) throw ogError('CHAIN_ENGINE_MISSING', { engine: `anvil from ${name}` })
    return binary
  })
}

async function npmInstall(folder: string): Promise<void> {
  const npm = spawn('npm', ['install', ...FLAGS], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], shell: false })
  let said = ''
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2_000)
  })
  await new Promise<void>((resolve, reject) => {
    const failed = (reason: string) =>
      reject(ogError('CHAIN_ENGINE_MISSING', { engine: 'anvil from npm' }, { details: { npm: reason } }))
    npm.once('error', (error) => failed(error.message))
    npm.once('close', (code) => (code === 0 ? resolve() : failed(said.trim())))
  })
}

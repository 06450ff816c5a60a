// From a bare clone to a running command: `node scripts/bootstrap.mjs test|quickstart|bench|build [args]`.
// No dependencies, and must run under Node 18 and 20: it fetches a newer Node, installs and builds with that, then runs the command.
// npm itself runs under the newer Node too, because npm under Node 20 silently leaves out optional platform packages whose engine
// says >= 22 (the EVM engine then fails to load). Says nothing when there is nothing to do; talks on stderr only.
import { spawn, spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BootstrapError } from './bootstrap/bootstrap-error.mjs'
import { ensureDependencies } from './bootstrap/ensure-dependencies.mjs'
import { ensureNode } from './bootstrap/ensure-node.mjs'
import { findNpm } from './bootstrap/find-npm.mjs'
import { withLock } from './bootstrap/with-lock.mjs'

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

const COMMANDS = {
  test: (args) => [join('scripts', 'test.mjs'), ...args],
  quickstart: (args) => [join('scripts', 'quickstart.mjs'), ...args],
  bench: (args) => [join('scripts', 'bench.mjs'), ...args],
  build: undefined,
}

/** Environment for everything started from here: the chosen Node first on PATH, without the outer npm's script variables. */
function childEnvironment(node) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  for (const name of Object.keys(env)) if (/^npm_(lifecycle|package)_|^npm_command$/.test(name)) delete env[name]
  return env
}

function build({ root, node, env }) {
  const { status, error } = spawnSync(node, [join('scripts', 'build.mjs')], { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  throw new BootstrapError('the build failed; the lines above say where', error)
}

/** Runs the command to its end with our stdio and answers its exit code; signals sent to us alone are passed on. */
function runCommand({ root, node, env, args }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, env, stdio: 'inherit' })
    const forward = (signal) => child.kill(signal)
    // Ctrl-C in a terminal reaches the child by itself: passing it on would look like a second, impatient one.
    const ignore = () => {}
    process.on('SIGINT', ignore)
    process.on('SIGTERM', forward)
    process.on('SIGHUP', forward)
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0)))
  })
}

/** The whole way, for a clone at `root`. Answers the exit code. */
export async function bootstrap({ root, argv }) {
  const [name, ...args] = argv
  if (!Object.hasOwn(COMMANDS, name ?? '')) {
    throw new BootstrapError(`say what to run: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join('|')}`)
  }
  const log = (line) => process.stderr.write(`bootstrap: ${line}\n`)
  const npm = findNpm()
  const { node, env } = await withLock({ root, log }, () => {
    const node = ensureNode({ root, npm, log })
    const env = childEnvironment(node)
    ensureDependencies({ root, npm, node, env, log })
    build({ root, node, env })
    return { node, env }
  })
  return COMMANDS[name] ? runCommand({ root, node, env, args: COMMANDS[name](args) }) : 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  bootstrap({ root, argv: process.argv.slice(2) }).then(
    (code) => process.exit(code),
    (error) => {
      if (!(error instanceof BootstrapError)) throw error
      process.stderr.write(`bootstrap: ${error.message}\n`)
      process.exit(1)
    },
  )
}

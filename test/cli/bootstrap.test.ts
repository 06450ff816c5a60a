import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ROOT, type RunCliOptions, type RunCliResult, startScript, tempDir } from '../helpers/run-cli.ts'

const FAKE_NPM = join(ROOT, 'test', 'fixtures', 'fake-npm-cli.js')
const { arch, platform } = process

type NpmCall = { args: string[]; execPath: string; cwd: string }

type Clone = {
  root: string
  run: (args: string[], env?: Record<string, string>) => Promise<RunCliResult>
  npmCalls: () => NpmCall[]
}

function options(root: string, env: Record<string, string>): RunCliOptions {
  return { cwd: root, env: { npm_execpath: FAKE_NPM, FAKE_NPM_LOG: join(root, 'npm.log'), ...env } }
}

/** A clone with the real bootstrap and toy scripts, whose lock wants one package for every platform and one for this one. */
function makeClone(): Clone {
  const root = tempDir()
  mkdirSync(join(root, 'scripts'))
  for (const name of ['bootstrap.mjs', 'bootstrap']) {
    cpSync(join(ROOT, 'scripts', name), join(root, 'scripts', name), { recursive: true })
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeLock(root, '1.0.0')
  writeFileSync(
    join(root, 'scripts', 'build.mjs'),
    `if (process.env.FAIL_BUILD) process.exit(3); process.stderr.write('built\\n')`,
  )
  const toy = `console.log(JSON.stringify(process.argv.slice(2))); process.exit(Number(process.env.TOY_EXIT ?? 0))`
  writeFileSync(join(root, 'scripts', 'quickstart.mjs'), toy)
  writeFileSync(
    join(root, 'scripts', 'bench.mjs'),
    `process.on('SIGTERM', () => process.exit(7)); console.log('running'); setInterval(() => {}, 1000)`,
  )
  const npmCalls = () => {
    const log = join(root, 'npm.log')
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
    return lines.map((line) => JSON.parse(line) as NpmCall)
  }
  const script = join(root, 'scripts', 'bootstrap.mjs')
  return { root, npmCalls, run: (args, env = {}) => startScript(script, args, options(root, env)).ended }
}

function writeLock(root: string, version: string): void {
  const packages = {
    '': {},
    'node_modules/plain': { version },
    'node_modules/here': { version, optional: true, os: [platform], cpu: [arch] },
    'node_modules/elsewhere': { version, optional: true, os: ['plan9'], cpu: ['pdp11'] },
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
}

/** What npm leaves after a complete install of some packages. */
function pretendInstalled(root: string, names: string[]): void {
  const packages = Object.fromEntries(names.map((name) => [`node_modules/${name}`, { version: '1.0.0' }]))
  for (const path of Object.keys(packages)) mkdirSync(join(root, path), { recursive: true })
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}

describe('bootstrap', () => {
  test('installs, builds and runs the command with its arguments; stdout is the command’s alone', async () => {
    const { run, npmCalls } = makeClone()
    const { exitCode, stdout, stderr } = await run(['quickstart', '--fast', 'a b'], { TOY_EXIT: '4' })
    expect(exitCode).toBe(4)
    expect(stdout).toBe('["--fast","a b"]\n')
    expect(stderr).not.toContain('noise')
    expect(npmCalls()).toHaveLength(1)
    expect(npmCalls()[0]).toMatchObject({
      args: expect.arrayContaining(['ci', '--ignore-scripts']),
      execPath: process.execPath,
    })
  })

  test('a second run installs nothing and says nothing', async () => {
    const { run, npmCalls } = makeClone()
    await run(['build'])
    const { stderr } = await run(['build'])
    expect(stderr).toBe('built\n')
    expect(npmCalls()).toHaveLength(1)
  })

  test('a changed lock is installed again', async () => {
    const { root, run, npmCalls } = makeClone()
    await run(['build'])
    writeLock(root, '1.0.1')
    await run(['build'])
    expect(npmCalls()).toHaveLength(2)
  })

  test('an install made by hand is taken as it is when complete', async () => {
    const { root, run, npmCalls } = makeClone()
    pretendInstalled(root, ['plain', 'here'])
    await run(['build'])
    expect(npmCalls()).toHaveLength(0)
  })

  test('an install that lacks this platform’s optional package, as npm under an old Node leaves it, is done again', async () => {
    const { root, run, npmCalls } = makeClone()
    pretendInstalled(root, ['plain'])
    await run(['build'])
    expect(npmCalls()).toHaveLength(1)
  })

  test('two at once install once', async () => {
    const { run, npmCalls } = makeClone()
    const results = await Promise.all([run(['build']), run(['build'])])
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(npmCalls()).toHaveLength(1)
  })

  test('the lock of a process that is gone does not block', async () => {
    const { root, run } = makeClone()
    mkdirSync(join(root, '.toolchain'))
    writeFileSync(join(root, '.toolchain', 'lock'), '999999999')
    expect((await run(['build'])).exitCode).toBe(0)
    expect(existsSync(join(root, '.toolchain', 'lock'))).toBe(false)
  })

  test('SIGTERM reaches the command', async () => {
    const { root, run } = makeClone()
    await run(['build'])
    const bench = startScript(join(root, 'scripts', 'bootstrap.mjs'), ['bench'], options(root, {}))
    await bench.said('running')
    bench.child.kill('SIGTERM')
    expect((await bench.ended).exitCode).toBe(7)
  })
})

describe('a step that fails ends with one clear message and no stack', () => {
  test('npm', async () => {
    const { root, run } = makeClone()
    const { exitCode, stdout, stderr } = await run(['quickstart'], { FAKE_NPM_FAIL: '1' })
    expect(exitCode).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('bootstrap: npm could not install the dependencies')
    expect(stderr).toContain('network request to the registry failed')
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(existsSync(join(root, 'node_modules', '.0g-installed'))).toBe(false)
    expect(existsSync(join(root, '.toolchain', 'lock'))).toBe(false)
  })

  test('the build', async () => {
    const { run } = makeClone()
    const { exitCode, stdout, stderr } = await run(['quickstart'], { FAIL_BUILD: '1' })
    expect(exitCode).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('bootstrap: the build failed')
  })

  test('no command, or an unknown one', async () => {
    const { run } = makeClone()
    for (const args of [[], ['dance']]) {
      const { exitCode, stderr } = await run(args)
      expect(exitCode).toBe(1)
      expect(stderr).toContain('test|quickstart|bench|build')
    }
  })
})

type Machine = { version: string; execPath: string; platform: string; arch: string; isMusl: boolean }
type EnsureNode = {
  NODE_VERSION: string
  ensureNode: (options: { root: string; npm: string; log: (line: string) => void; machine: Machine }) => string
}

describe('ensureNode', async () => {
  const url = pathToFileURL(join(ROOT, 'scripts', 'bootstrap', 'ensure-node.mjs')).href
  const { ensureNode, NODE_VERSION } = (await import(url)) as EnsureNode
  const old: Machine = { version: '20.19.5', execPath: process.execPath, platform: 'linux', arch: 'x64', isMusl: false }

  function setUp(machine: Partial<Machine>) {
    const root = tempDir()
    const lines: string[] = []
    const ensure = () =>
      ensureNode({ root, npm: FAKE_NPM, log: (line) => lines.push(line), machine: { ...old, ...machine } })
    return { root, lines, ensure }
  }

  test.each(['22.18.0', '24.1.0', '26.0.0'])('takes the running Node %s', (version) => {
    const { root, lines, ensure } = setUp({ version })
    expect(ensure()).toBe(process.execPath)
    expect(lines).toEqual([])
    expect(readdirSync(root)).toEqual([])
  })

  test.each(['18.20.0', '20.19.5', '22.17.1'])('replaces %s by one in .toolchain, once', (version) => {
    const { root, lines, ensure } = setUp({ version })
    const node = ensure()
    expect(node).toBe(join(root, '.toolchain', `node-${NODE_VERSION}`, 'bin', 'node'))
    expect(lines).toHaveLength(1)
    expect(ensure()).toBe(node)
    expect(lines).toHaveLength(1)
    expect(readdirSync(join(root, '.toolchain'))).toEqual([`node-${NODE_VERSION}`])
  })

  test('an interrupted download is no Node, and is cleared away', () => {
    const { root, ensure } = setUp({})
    mkdirSync(join(root, '.toolchain', 'partial-1', 'node_modules'), { recursive: true })
    ensure()
    rmSync(join(root, '.toolchain', `node-${NODE_VERSION}`, 'bin'), { recursive: true })
    expect(existsSync(ensure())).toBe(true)
    expect(readdirSync(join(root, '.toolchain'))).toEqual([`node-${NODE_VERSION}`])
  })

  test.each([
    [{ platform: 'freebsd' }, 'freebsd-x64'],
    [{ arch: 's390x' }, 'linux-s390x'],
    [{ isMusl: true }, 'musl'],
  ])('says so where the registry has no Node: %j', (machine, where) => {
    expect(setUp(machine).ensure).toThrowError(new RegExp(`20\\.19\\.5.*${where}.*install a newer Node`))
  })
})

type CompleteLock = { completeLock: (lock: { packages: Record<string, unknown> }) => { added: string[] } }

test('package-lock.json holds every optional platform package, so npm ci accepts it on every platform', async () => {
  const { completeLock } = (await import(
    pathToFileURL(join(ROOT, 'scripts', 'complete-lock.mjs')).href
  )) as CompleteLock
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  expect(completeLock(lock).added).toEqual([])
})

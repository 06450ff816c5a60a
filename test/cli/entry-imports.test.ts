import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { cleanEnv, ROOT, tempDir } from '../helpers/run-cli.ts'

const HOOK = pathToFileURL(join(ROOT, 'test', 'fixtures', 'list-imports.mjs')).href
const HEAVY =
  /node_modules\/(@nomicfoundation|viem|ox|ethers|ink|react|yoga-layout|@huggingface|onnxruntime-node|zod|listr2|execa|hono|pino|ws|solc|@noble)\//

/** Files that `0g <args>` loads, relative to the repository; Node's own modules left out. */
function loadedFiles(args: string[]): string[] {
  const home = tempDir()
  const list = join(home, 'imports')
  writeFileSync(list, '')
  const env = cleanEnv(home, { OG_TEST_IMPORTS: list })
  execFileSync(process.execPath, ['--import', HOOK, join(ROOT, 'bin', 'run.js'), ...args], { env, cwd: home })
  const urls = readFileSync(list, 'utf8').split('\n')
  return urls.filter((url) => url.startsWith('file:')).map((url) => relative(ROOT, fileURLToPath(url)))
}

test('--version loads the entry and nothing else', () => {
  expect(loadedFiles(['--version'])).toEqual(['bin/run.js'])
})

test('a light command loads oclif, the CLI ground and itself: nothing heavy, no other command', () => {
  const files = loadedFiles(['explain', 'NOT_RUNNING'])
  expect(files.filter((file) => HEAVY.test(file))).toEqual([])
  expect(files.filter((file) => file.startsWith('dist/commands/'))).toEqual(['dist/commands/explain.js'])
  expect(files.filter((file) => /^dist\/(client|services|runtime|topology|protocol|contracts)\//.test(file))).toEqual(
    [],
  )
})

test('--help of a heavy command loads no command at all', () => {
  const files = loadedFiles(['compute', 'run', '--help'])
  expect(files.filter((file) => HEAVY.test(file))).toEqual([])
  expect(files.filter((file) => file.startsWith('dist/commands/'))).toEqual([])
})

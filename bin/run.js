#!/usr/bin/env node
// Production entry. Plain JavaScript that any Node of the last ten years can at least parse far enough to be told to upgrade.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`0g needs Node 22.18 or newer, this is ${process.versions.node} (${process.execPath}).\n`)
  process.stderr.write('From a clone use ./bin/0g, which finds the right one; otherwise install a newer Node.\n')
  process.exit(2)
}
// A command that carries a file makes the collector run often over a small heap; without its four helper threads that takes a
// tenth of the time (docs/adr/0005). Set before anything is loaded, hence before any marking.
setFlagsFromString('--no-concurrent-marking')
module.enableCompileCache?.()

const argv = process.argv.slice(2)
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const { readFileSync } = await import('node:fs')
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const { runCommandLine } = await import('../dist/cli/run-command-line.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('dist/cli/run-command-line.js')) throw error
    process.stderr.write('0g is not built yet: run `npm run quickstart`, or `npm test`, in the clone first.\n')
    process.exit(2)
  })
  await runCommandLine(argv, fileURLToPath(new URL('..', import.meta.url)))
}

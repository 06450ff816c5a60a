#!/usr/bin/env node
// Production entry. Plain JavaScript that any Node of the last ten years can at least parse far enough to be told to upgrade.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`0g needs Node 22.18 or newer, this is ${process.versions.node} (${process.execPath}).\n`)
  process.stderr.write('From a clone use ./bin/0g, which finds the right one; otherwise install a newer Node.\n')
  process.exit(2)
}
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

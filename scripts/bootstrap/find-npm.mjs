import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { BootstrapError } from './bootstrap-error.mjs'

/**
 * The JavaScript file of npm, so that it can be run by a Node of our choice: the npm that started us, else the one beside this
 * Node, else the one on PATH.
 */
export function findNpm({ env = process.env, execPath = process.execPath } = {}) {
  const bin = dirname(execPath)
  const onPath = (env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'npm'))
  const candidates = [
    /npm-cli\.c?js$/.test(env.npm_execpath ?? '') ? env.npm_execpath : undefined,
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'npm'),
    ...onPath,
  ]
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue
    const file = realpathSync(candidate)
    if (/\.c?js$/.test(file)) return file
  }
  throw new BootstrapError('npm was not found beside Node nor on PATH: install npm, or start this with `npm test`')
}

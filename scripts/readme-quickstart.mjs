// The quickstart block of the README: the one place that says which commands a newcomer runs and what they print.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const README = join(ROOT, 'README.md')
const BLOCK = /(<!-- quickstart -->\n```console\n)([\s\S]*?)(```\n<!-- \/quickstart -->)/

/** The steps in order: `args` for the CLI (without `0g`) and the stdout that the README shows. */
export function readQuickstart() {
  const block = BLOCK.exec(readFileSync(README, 'utf8'))?.[2]
  if (block === undefined) throw new Error('README.md has no quickstart block')
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line, ...output] = part.split('\n')
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
      return { line, args: words.slice(1), output: output.join('\n') }
    })
}

/** Replaces the outputs that the README shows. */
export function writeQuickstart(steps) {
  const block = steps.map(({ line, output }) => `$ ${line}\n${output.trimEnd()}\n`).join('\n')
  writeFileSync(
    README,
    readFileSync(README, 'utf8').replace(BLOCK, (_, before, __, after) => before + block + after),
  )
}

/** Copies what the quickstart works on into a directory. */
export function copyQuickstartInput(directory) {
  for (const name of ['README.md', 'templates']) cpSync(join(ROOT, name), join(directory, name), { recursive: true })
}

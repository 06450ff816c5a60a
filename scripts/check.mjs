// Everything that is not a test: types, lint, format, import walls. Same locally and in CI.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const bin = (...path) => join('node_modules', ...path)
const CHECKS = [
  ['types', [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json', '--noEmit']],
  ['types of tests', [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json']],
  ['lint and format', [bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings']],
  [
    'unused files and dependencies',
    [bin('knip', 'bin', 'knip.js'), '--include', 'files,dependencies,unlisted', '--no-progress'],
  ],
  ['import walls', [join('scripts', 'check-walls.mjs')]],
]

let failed = 0
for (const [name, args] of CHECKS) {
  const startedMs = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] })
  process.stderr.write(
    `check: ${name} ${status === 0 ? 'ok' : 'FAILED'} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)\n`,
  )
  if (status !== 0) failed++
}
process.exit(failed === 0 ? 0 : 1)

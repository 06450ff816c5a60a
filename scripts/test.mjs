// `npm test`: types, lint and walls, then every test. With arguments (`npm test -- src/runtime`) only the tests they name.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const args = process.argv.slice(2)
if (args.length === 0) {
  const { status } = spawnSync(process.execPath, [join('scripts', 'check.mjs')], { stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    process.stdout.write('0 passed, 1 failed\n')
    process.exit(1)
  }
}
const vitest = spawn(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...args], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => vitest.kill(signal))
vitest.on('exit', (code) => process.exit(code ?? 1))

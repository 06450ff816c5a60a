import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Envelope } from '../../src/cli/envelope.ts'
import { openWorkshop } from '../helpers/e2e-network.ts'
import { tempDir } from '../helpers/run-cli.ts'

/** Mounts a small file system of its own on a directory; needs root and a kernel that lets it. */
function mount(directory: string, sizeMib: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', directory], { stdio: 'ignore' })
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test.runIf(mayMount())(
  'a disk that fills up: refused clearly, nothing lost, and it goes on when there is room',
  async () => {
    await using workshop = await openWorkshop()
    const { home, og } = workshop
    const disk = join(home, 'disk')
    await writeFile(join(home, 'small.bin'), randomBytes(1000))
    const big = randomBytes(8_000_000)
    await writeFile(join(home, 'big.bin'), big)
    await mkdir(disk)
    mount(disk, 8)
    const devnet = ['--devnet', join(disk, 'net')]
    try {
      expect((await og(['devnet', 'up', '--detach', ...devnet])).exitCode).toBe(0)
      const small = (await og(['storage', 'put', 'small.bin', '--quiet', ...devnet])).stdout.trim()

      const refused = await og(['storage', 'put', 'big.bin', '--json', ...devnet])
      expect(refused.exitCode).toBe(6)
      expect((JSON.parse(refused.stdout) as Envelope).error?.code).toBe('STORAGE_REFUSED')
      expect((await og(['devnet', 'status', ...devnet])).exitCode).toBe(0)
      expect((await og(['verify', small, ...devnet])).exitCode).toBe(0)

      execFileSync('mount', ['-o', 'remount,size=64m', disk])
      const root = (await og(['storage', 'put', 'big.bin', '--quiet', ...devnet])).stdout.trim()
      const back = join(tempDir(), 'back.bin')
      expect((await og(['storage', 'get', root, '-o', back, ...devnet])).exitCode).toBe(0)
      expect((await readFile(back)).equals(big)).toBe(true)
    } finally {
      await og(['devnet', 'down', ...devnet])
      execFileSync('umount', [disk])
    }
  },
)

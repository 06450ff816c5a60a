import { createHash } from 'node:crypto'
import { lstat, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** Stands for a process that is gone. */
const NOBODY = 0
let count = 0

/** Where something unfinished lies until it is whole, and whether an earlier process left part of it there. */
type PartialPlace = { path: string; isLeft: boolean }

/**
 * A hidden place in `folder` for what is to become `id`. What a process that is gone left there of the same `id` is taken over, by a rename,
 * so that only one of several processes gets it; only what belongs to this user and nobody else can write to is touched.
 */
export async function claimPartial(folder: string, id: string): Promise<PartialPlace> {
  const name = `.0g-${createHash('sha256').update(id).digest('hex').slice(0, 16)}`
  const path = join(folder, `${name}-${process.pid}-${++count}.part`)
  for (const entry of await readdir(folder).catch(() => [])) {
    const owner = new RegExp(`^\\${name}-(\\d+)-\\d+\\.part$`).exec(entry)?.[1]
    if (owner === undefined || isAlive(Number(owner)) || !(await isOurs(join(folder, entry)))) continue
    try {
      await rename(join(folder, entry), path)
      return { path, isLeft: true }
    } catch {
      // Another process was faster.
    }
  }
  return { path, isLeft: false }
}

/** Leaves a place for whoever comes next, this process included. */
export async function releasePartial(path: string): Promise<void> {
  const free = path.replace(/-(\d+)-(\d+)\.part$/, `-${NOBODY}-$1$2.part`)
  await rename(path, free).catch(() => undefined)
}

/** True for the name of an unfinished download. */
export function isPartialName(name: string): boolean {
  return /^\.0g-[0-9a-f]{16}-\d+-\d+\.part$/.test(name)
}

function isAlive(pid: number): boolean {
  if (pid === NOBODY) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A file or directory of this user that no other may write to; never a link, whose target could be anything. */
async function isOurs(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined)
  if (!info || !(info.isFile() || info.isDirectory())) return false
  return process.getuid === undefined || (info.uid === process.getuid() && (info.mode & 0o022) === 0)
}

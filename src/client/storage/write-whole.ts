import { randomUUID } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'

/** Writes parts beside the target, flushes, and renames; on failure nothing stays behind. */
export async function writeWhole(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  // A name of its own: with the target's in it a long name would not fit the file system.
  const temporary = join(dirname(path), `.${randomUUID()}.part`)
  try {
    const target = await open(temporary, 'wx', 0o644)
    try {
      for await (const part of parts) await target.writeFile(part)
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** As writeWhole, but refuses to replace what is there unless `force`. @throws OgError TARGET_EXISTS */
export async function writeNew(path: string, parts: AsyncIterable<Uint8Array>, force: boolean): Promise<void> {
  const present = await lstat(path).catch(() => undefined)
  if (present && (!force || present.isDirectory())) throw ogError('TARGET_EXISTS', { path })
  await writeWhole(path, parts)
}

import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

/** Writes parts beside the target, flushes, and renames; on failure nothing stays behind. */
export async function writeWhole(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`
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

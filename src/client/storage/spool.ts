import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Copies a stream into a temporary file, because a file is read twice (root, then segments). Dispose removes it.
 * @example await using input = await spool(process.stdin); await putFile(input.path, options)
 */
export async function spool(
  stream: AsyncIterable<Uint8Array | string>,
  signal?: AbortSignal,
): Promise<{ path: string } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), '0g-stdin-'))
  const dispose = (): Promise<void> => rm(dir, { recursive: true, force: true })
  try {
    const path = join(dir, 'stdin')
    const file = await open(path, 'wx', 0o600)
    try {
      for await (const part of stream) {
        signal?.throwIfAborted()
        await file.writeFile(part)
      }
    } finally {
      await file.close()
    }
    return { path, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

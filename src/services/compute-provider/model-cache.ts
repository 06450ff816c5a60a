import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { folderRoot } from './model-folder.ts'

export type Root = `0x${string}`

/**
 * Model folders by root, under `dataDir/models`. A folder gets its place only after its content hashed to the root, so whatever
 * lies there was complete and true when it was put there; `openCachedModel` hashes it again before it is used.
 */
export type ModelCache = {
  /** The folder of a root, if it is there and still hashes to it; a damaged one is removed. */
  find(root: Root): Promise<string | undefined>
  /** Fills the place of a root by `fill`, checks it and returns it. @throws OgError MODEL_INVALID when its root is another */
  add(root: Root, fill: (target: string) => Promise<void>): Promise<string>
}

/** Opens the cache and removes what an interrupted download left. */
export async function openModelCache(dataDir: string): Promise<ModelCache> {
  const base = join(dataDir, 'models')
  await mkdir(base, { recursive: true })
  for (const name of await readdir(base)) {
    if (name.endsWith('.part')) await rm(join(base, name), { recursive: true, force: true })
  }
  return {
    async find(root) {
      const dir = join(base, root)
      const actual = await folderRoot(dir).catch(() => undefined)
      if (actual === root) return dir
      await rm(dir, { recursive: true, force: true })
      return undefined
    },
    async add(root, fill) {
      const part = join(base, `${root}.${process.pid}.part`)
      await mkdir(part, { recursive: true })
      try {
        await fill(part)
        const actual = await folderRoot(part)
        if (actual !== root)
          throw ogError('MODEL_INVALID', { path: part, reason: `its root is ${actual}, not ${root}` })
        await rename(part, join(base, root))
      } finally {
        await rm(part, { recursive: true, force: true })
      }
      return join(base, root)
    },
  }
}

/** Copies the files of a local model folder. */
export async function copyFolder(source: string, target: string): Promise<void> {
  await cp(source, target, { recursive: true, dereference: true })
}

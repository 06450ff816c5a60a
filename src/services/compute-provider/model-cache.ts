import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { folderRoot } from './model-folder.ts'

export type Root = `0x${string}`

/**
 * Model folders by root, under `dataDir/models`. A folder gets its place only after its content hashed to the root, and it is
 * hashed again before every use, so the model that runs is the one whose root the provider advertises.
 */
export type ModelCache = {
  /** The folder of a root, if it is there and still hashes to it; a damaged one is removed. */
  find(root: Root): Promise<string | undefined>
  /** Fills the place of a root by `fill`. @throws OgError MODEL_INVALID when the content has another root */
  add(root: Root, fill: (target: string) => Promise<void>): Promise<string>
}

/** Opens the cache and removes what an interrupted download or copy left. */
export async function openModelCache(dataDir: string): Promise<ModelCache> {
  const base = join(dataDir, 'models')
  await mkdir(base, { recursive: true })
  for (const name of await readdir(base)) {
    if (name.endsWith('.part')) await rm(join(base, name), { recursive: true, force: true })
  }

  const find = async (root: Root): Promise<string | undefined> => {
    const dir = join(base, root)
    const actual = await folderRoot(dir).catch(() => undefined)
    if (actual === root) return dir
    await rm(dir, { recursive: true, force: true })
    return undefined
  }

  return {
    find,
    /** Fills a folder beside its place, hashes it and moves it there. */
    async add(root, fill) {
      const part = join(base, `${root}.${process.pid}.part`)
      await mkdir(part, { recursive: true })
      try {
        await fill(part)
        const actual = await folderRoot(part)
        if (actual !== root)
          throw ogError('MODEL_INVALID', { path: part, reason: `its root is ${actual}, not ${root}` })
        const dir = join(base, root)
        await rm(dir, { recursive: true, force: true })
        await rename(part, dir)
        return dir
      } finally {
        await rm(part, { recursive: true, force: true })
      }
    },
  }
}

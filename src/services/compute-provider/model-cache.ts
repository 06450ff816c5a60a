import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
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
  /** The copy of a local folder; made anew when the folder changed since. @throws OgError MODEL_INVALID */
  copyOf(source: string): Promise<{ root: Root; dir: string }>
}

/** What a copy was made of: an unchanged folder needs no second reading. */
type CopyNote = { source: string; fingerprint: string; root: Root }

/** Opens the cache and removes what an interrupted download or copy left. */
export async function openModelCache(dataDir: string): Promise<ModelCache> {
  const base = join(dataDir, 'models')
  await mkdir(base, { recursive: true })
  for (const name of await readdir(base)) {
    if (name.endsWith('.part')) await rm(join(base, name), { recursive: true, force: true })
  }
  const notePath = join(base, 'copied.json')

  const find = async (root: Root): Promise<string | undefined> => {
    const dir = join(base, root)
    const actual = await folderRoot(dir).catch(() => undefined)
    if (actual === root) return dir
    await rm(dir, { recursive: true, force: true })
    return undefined
  }

  /** Fills a folder beside its place, hashes it and moves it there; `wanted` undefined takes whatever root it has. */
  const fillPlace = async (
    wanted: Root | undefined,
    fill: (target: string) => Promise<void>,
  ): Promise<{ root: Root; dir: string }> => {
    const part = join(base, `${wanted ?? 'copy'}.${process.pid}.part`)
    await mkdir(part, { recursive: true })
    try {
      await fill(part)
      const root = await folderRoot(part)
      if (wanted !== undefined && root !== wanted) {
        throw ogError('MODEL_INVALID', { path: part, reason: `its root is ${root}, not ${wanted}` })
      }
      const dir = join(base, root)
      await rm(dir, { recursive: true, force: true })
      await rename(part, dir)
      return { root, dir }
    } finally {
      await rm(part, { recursive: true, force: true })
    }
  }

  return {
    find,
    async add(root, fill) {
      return (await fillPlace(root, fill)).dir
    },
    async copyOf(source) {
      const print = await fingerprint(source)
      const note = await readNote(notePath)
      if (note?.source === source && note.fingerprint === print) {
        const dir = await find(note.root)
        if (dir) return { root: note.root, dir }
      }
      const copied = await fillPlace(undefined, (target) => cp(source, target, { recursive: true, dereference: true }))
      await writeFileAtomic(
        notePath,
        JSON.stringify({ source, fingerprint: print, root: copied.root } satisfies CopyNote),
      )
      return copied
    },
  }
}

/** Names, sizes and times of all files of a folder. @throws OgError MODEL_INVALID when it is not there */
async function fingerprint(source: string): Promise<string> {
  const names = await readdir(source, { recursive: true }).catch((cause: unknown) => {
    throw ogError('MODEL_INVALID', { path: source, reason: 'there is no such folder' }, { cause })
  })
  const facts = names.sort().map(async (name) => {
    const { size, mtimeMs } = await stat(join(source, name))
    return `${name} ${size} ${mtimeMs}`
  })
  return (await Promise.all(facts)).join('\n')
}

async function readNote(path: string): Promise<CopyNote | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as CopyNote
  } catch {
    return undefined
  }
}

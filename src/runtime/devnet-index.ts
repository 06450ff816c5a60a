import { mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { devnetPaths, userStateDir } from './devnet-paths.ts'

const folder = (env?: NodeJS.ProcessEnv): string => join(userStateDir(env), 'devnets')

/** One link per devnet of this user, named like its socket directory so that a devnet has the same name for ever. */
const linkOf = (root: string, env?: NodeJS.ProcessEnv): string =>
  join(folder(env), basename(devnetPaths(root).socketDir))

/** Makes a devnet known to `devnet list` and `down --all`. */
export async function indexDevnet(root: string, env?: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(folder(env), { recursive: true, mode: 0o700 })
  const link = linkOf(root, env)
  await rm(link, { force: true })
  await symlink(devnetPaths(root).root, link)
}

/** Forgets a devnet whose state was deleted. */
export async function unindexDevnet(root: string, env?: NodeJS.ProcessEnv): Promise<void> {
  await rm(linkOf(root, env), { force: true })
}

/** Roots of all devnets of this user that still exist on disk; links to deleted ones are removed on the way. */
export async function indexedDevnets(env?: NodeJS.ProcessEnv): Promise<string[]> {
  const names = await readdir(folder(env)).catch(() => [])
  const roots: string[] = []
  for (const name of names) {
    const link = join(folder(env), name)
    const root = await readlink(link).catch(() => undefined)
    if (root === undefined) continue
    if (await stat(join(root, 'manifest.json')).catch(() => undefined)) roots.push(root)
    else await rm(link, { force: true }).catch(() => {})
  }
  return roots.sort()
}

import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { devnetPaths, STATE_FOLDER } from './devnet-paths.ts'

/**
 * Creates the directories of a devnet, and a .gitignore that keeps the whole `.0g` folder out of version control.
 * @throws DIR_NOT_WRITABLE, DISK_FULL
 */
export async function prepareRoot(root: string): Promise<void> {
  const paths = devnetPaths(root)
  const parent = dirname(paths.root)
  try {
    await mkdir(paths.logs, { recursive: true, mode: 0o700 })
    if (basename(parent) !== STATE_FOLDER) return
    await writeFile(join(parent, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
      throw ogError('DIR_NOT_WRITABLE', { path: paths.root, reason: REASONS[code] }, { cause: error })
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') throw ogError('DISK_FULL', { path: paths.root }, { cause: error })
    throw error
  }
}

const REASONS = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file is in the way',
} as const

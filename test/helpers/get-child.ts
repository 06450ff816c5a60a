import type { NetworkProfile } from '../../src/client/profile.ts'
import { getDirectory, getToFile } from '../../src/client/storage/get.ts'

/** Fetches a file or a directory in a process of its own, which says how far it is, so that a test can kill it on the way. */
export type GetTask = { profile: NetworkProfile; root: string; target: string; isDirectory: boolean }

process.once('message', (task: GetTask) => {
  const { profile, root, target, isDirectory } = task
  const onProgress = (progress: { phase: string }) => void process.send?.(progress)
  const get = isDirectory ? getDirectory : getToFile
  get(root, target, { profile, onProgress }).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})

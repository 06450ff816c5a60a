import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the daemon's script: from the sources when this module runs from them, else from dist/. */
export function daemonEntry(): string {
  const self = fileURLToPath(import.meta.url)
  return join(dirname(self), `daemon-main${extname(self)}`)
}

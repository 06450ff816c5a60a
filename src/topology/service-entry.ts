import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(import.meta.url)

/** Entry script of the service whose code is in src/services/`folder`: from the sources when this module runs from them, else from dist/. */
export function serviceEntry(folder: string): string {
  return join(dirname(HERE), '..', 'services', folder, `main${extname(HERE)}`)
}

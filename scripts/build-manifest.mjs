// Writes oclif.manifest.json from dist/commands, so that the CLI knows every command without importing one.
// A command that cannot be loaded fails the build and is named.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true })
try {
  await plugin.load()
} catch (error) {
  process.stderr.write(`manifest: ${error.detail ?? error.stack}\n`)
  process.exit(1)
}
const commands = Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1))
const manifest = { commands: Object.fromEntries(commands), version: plugin.manifest.version }
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)

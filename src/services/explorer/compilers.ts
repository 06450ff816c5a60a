import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Refusal } from './answer.ts'

/** Versions that are run: before 0.5 the compiler speaks another interface. */
const VERSION = /^v?(0\.(?:[5-9]|[1-9]\d)\.\d{1,3})(?:\+commit\.([0-9a-f]{8}))?$/

export type CompilerVersion = { version: string; commit: string | undefined }

/** Finds Solidity compilers that are on this machine; none is ever downloaded by the service. */
export type Compilers = {
  /** the file to run for `version` @throws Refusal with the command that installs it */
  fileOf(version: string): string
}

/**
 * `v0.8.28+commit.7893614a` of a request.
 * @throws Refusal for Vyper, nightly builds and versions before 0.5
 */
export function parseCompilerVersion(text: string): CompilerVersion {
  const match = VERSION.exec(text.trim())
  if (!match?.[1])
    throw new Refusal(
      `Unsupported compilerversion ${JSON.stringify(text.slice(0, 60))}: releases of solc from 0.5.0 on`,
    )
  return { version: match[1], commit: match[2] }
}

/** Compilers in `directory`, one folder a version as npm makes them, and the one that is installed beside this package, if any. */
export function findCompilers(directory: string): Compilers {
  return {
    fileOf(version) {
      const own = join(directory, version, 'node_modules', 'solc')
      for (const folder of [own, ...besides()]) if (versionIn(folder) === version) return join(folder, 'soljson.js')
      const known = [...listed(directory), ...besides().map(versionIn)].filter(Boolean)
      throw new Refusal(
        `solc ${version} is not on this machine. Run \`npm install --ignore-scripts --prefix ${join(directory, version)} solc@${version}\` and verify again` +
          (known.length > 0 ? ` (there is ${[...new Set(known)].join(', ')})` : ''),
      )
    },
  }
}

function besides(): string[] {
  try {
    return [dirname(createRequire(import.meta.url).resolve('solc/package.json'))]
  } catch {
    return []
  }
}

function versionIn(folder: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
    return name === 'solc' && typeof version === 'string' && existsSync(join(folder, 'soljson.js'))
      ? version
      : undefined
  } catch {
    return undefined
  }
}

function listed(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory).filter((name) => versionIn(join(directory, name, 'node_modules', 'solc')) === name)
}

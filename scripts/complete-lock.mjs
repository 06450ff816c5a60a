// Adds to package-lock.json the optional platform packages that the registry it was made with did not offer (a mirror may hold only
// one platform's). Without their entries `npm ci` refuses the lock everywhere, and on those platforms would leave them out.
// Run it after every `npm install`; writes nothing when nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs'

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const CPUS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x']

/** `os`, `cpu` and `libc` of a platform package, as its name tells them, or undefined when the name tells none. */
export function platformOf(name) {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.find((system) => words.includes(system))
  const cpu = CPUS.find((arch) => words.includes(arch))
  if (!os || !cpu) return undefined
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return { cpu: [cpu], ...(os === 'linux' && libc ? { libc: [libc] } : {}), os: [os] }
}

function isResolved(packages, from, name) {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/node_modules/')))) {
    if (packages[dir === '' ? `node_modules/${name}` : `${dir}/node_modules/${name}`]) return true
    if (!dir.includes('node_modules/')) return false
  }
}

/** The lock with an entry for every optional platform package it lacks; the names of those it added. */
export function completeLock(lock) {
  const packages = { ...lock.packages }
  const added = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name)
      if (!platform || !/^\d/.test(version) || isResolved(packages, path, name)) continue
      packages[`node_modules/${name}`] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true }
      added.push(name)
    }
  }
  const { '': root, ...rest } = packages
  const sorted = Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { lock: { ...lock, packages: { '': root, ...Object.fromEntries(sorted) } }, added }
}

if (import.meta.main ?? process.argv[1]?.endsWith('complete-lock.mjs')) {
  const { lock, added } = completeLock(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  if (added.length > 0) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  process.stderr.write(`complete-lock: ${added.length} entries added\n`)
}

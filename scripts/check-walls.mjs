// The import walls: which folder of src may import which, and which libraries must stay out where start-up time counts.
// dependency-cruiser would be the usual tool, but it cannot read sources when TypeScript 7 is installed (18.7, 2026-11-22).
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src')

const CORE = ['errors', 'utils']
const DOMAIN = ['protocol', 'contracts', 'client', ...CORE]

/** room → rooms it may import besides itself; longest matching prefix wins. Nothing may import `commands`. */
const WALLS = {
  utils: [],
  errors: ['utils'],
  protocol: CORE,
  contracts: ['protocol', ...CORE],
  runtime: CORE,
  client: ['runtime', 'contracts', 'protocol', ...CORE],
  'services/chain': ['runtime/child', ...DOMAIN],
  'services/storage-node': ['runtime/child', ...DOMAIN],
  'services/storage-gateway': ['runtime/child', ...DOMAIN],
  'services/storage-kv': ['runtime/child', ...DOMAIN],
  'services/explorer': ['runtime/child', ...DOMAIN],
  'services/compute-provider': ['runtime/child', ...DOMAIN],
  'services/agent-oracle': ['runtime/child', ...DOMAIN],
  topology: ['runtime', ...DOMAIN],
  testing: ['topology', 'runtime', ...DOMAIN],
  cli: ['topology', 'runtime', ...DOMAIN],
  commands: ['cli', 'topology', 'runtime', ...DOMAIN],
}

/** Children and the client start in milliseconds because these stay out of them. */
const HEAVY = /^(viem|ethers|hardhat|solc|ink|react|listr2|@oclif\/.*|@ethereumjs\/.*)(\/|$)/
const LIGHT_ROOMS = /^(utils|errors|protocol|contracts|runtime|client|services|topology)(\/|$)/

/** The one folder for the second EVM (0.2 s to load): others may import it only with `import()`, except for what loads without it. */
const SECOND_EVM = 'client/chain/reexecute'
const WITHOUT_EVM = ['chain-rules.ts', 'proven-state.ts'].map((name) => `${SECOND_EVM}/${name}`)

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g

function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : sources(path)
    return /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path) ? [path] : []
  })
}

const inRoom = (path, room) => path === room || path.startsWith(`${room}/`)
const roomOf = (path) =>
  Object.keys(WALLS)
    .filter((room) => inRoom(path, room))
    .sort((a, b) => b.length - a.length)[0]

/** Returns one sentence per broken wall for the import of `target` by `file` (both relative to src, or a package name). */
function violations(file, target, { isPackage, isLazy }) {
  const room = roomOf(file)
  if (room === undefined) return [`src/${file}: no wall is declared for this folder`]
  if (isPackage) {
    const found = []
    const isItsPlace = inRoom(file, SECOND_EVM) && target.startsWith('@ethereumjs/')
    if (LIGHT_ROOMS.test(file) && HEAVY.test(target) && !isItsPlace)
      found.push(`src/${file}: ${target} is too heavy for ${room}`)
    if (room === 'protocol' && target.startsWith('node:')) found.push(`src/${file}: protocol is pure, no ${target}`)
    return found
  }
  if (inRoom(target, SECOND_EVM) && !inRoom(file, SECOND_EVM) && !isLazy && !WITHOUT_EVM.includes(target)) {
    return [`src/${file}: src/${target} loads the second EVM and must be imported with import()`]
  }
  const allowed = [room, ...WALLS[room]].some((name) => inRoom(target, name))
  return allowed ? [] : [`src/${file}: ${room} must not import src/${target}`]
}

const found = sources(SRC).flatMap((path) => {
  const file = relative(SRC, path)
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].flatMap((match) => {
    const specifier = match[1] ?? match[2]
    const isPackage = !specifier.startsWith('.')
    const isLazy = match[2] !== undefined || /^\s*(import|export) type\s/.test(match[0])
    const target = isPackage ? specifier : relative(SRC, join(dirname(path), specifier))
    return violations(file, target, { isPackage, isLazy })
  })
})
for (const line of found) process.stderr.write(`${line}\n`)
process.exit(found.length === 0 ? 0 : 1)

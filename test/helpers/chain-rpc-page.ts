import { ENGINE_READS } from '../../src/services/chain/methods/engine-reads.ts'
import type { MethodContext } from '../../src/services/chain/methods/method.ts'
import { CONNECTION_METHODS, ownMethods } from '../../src/services/chain/methods/registry.ts'
import { UNSUPPORTED } from '../../src/services/chain/methods/unsupported.ts'
import { ACCEPTED } from './accepted-differences.ts'

/** Whether a node has a method. */
export type Has = (method: string) => Promise<boolean>

const GROUPS: readonly [title: string, prefix: RegExp][] = [
  ['Standard reads, transactions, filters', /^eth_|^personal_/],
  ['Node and network', /^(net|web3|rpc)_/],
  ['Transaction pool', /^txpool_/],
  ['Traces and raw data', /^(debug|trace)_/],
  ['Explorers: Otterscan, Erigon', /^(ots|erigon)_/],
  ['Mining, time and snapshots: the evm_ dialect', /^evm_/],
  ["Hardhat's dialect", /^hardhat_/],
  ["anvil's dialect", /^anvil_/],
]

/** Names of all methods that are answered with more than an error. */
export function supportedMethods(): string[] {
  const own = ownMethods({} as MethodContext).keys()
  return [...new Set([...own, ...ENGINE_READS, ...CONNECTION_METHODS])].sort()
}

/** docs/chain-rpc.md, from the registry and from what the peers say of themselves. */
export async function chainRpcPage(peers: { anvil: Has; hardhat: Has }): Promise<string> {
  const mark = async (has: Has, method: string) => ((await has(method)) ? 'yes' : 'no')
  const columns = async (method: string) => `${await mark(peers.anvil, method)} | ${await mark(peers.hardhat, method)}`
  const lines = [INTRODUCTION]
  for (const [title, prefix] of GROUPS) {
    lines.push(`## ${title}`, '', '| method | anvil 1.7.1 | hardhat node 3.18 |', '|---|---|---|')
    for (const method of supportedMethods().filter((name) => prefix.test(name))) {
      lines.push(`| \`${method}\` | ${await columns(method)} |`)
    }
    lines.push('')
  }
  lines.push('## Not supported', '', 'Each answers -32601 with this reason.', '')
  lines.push('| method | why, and what to use | anvil 1.7.1 | hardhat node 3.18 |', '|---|---|---|---|')
  for (const [method, reason] of Object.entries(UNSUPPORTED).sort()) {
    lines.push(`| \`${method}\` | ${reason} | ${await columns(method)} |`)
  }
  lines.push(
    '',
    '## Where the answers differ from anvil',
    '',
    'All other fields of all requests that the differential suite sends are the same.',
    '',
  )
  lines.push('| methods | why |', '|---|---|')
  for (const { methods, why } of ACCEPTED) {
    const named = methods === '*' ? 'all' : methods.map((method) => `\`${method}\``).join(', ')
    lines.push(`| ${named} | ${why} |`)
  }
  return `${lines.join('\n')}\n`
}

const INTRODUCTION = `# JSON-RPC of the chain

<!-- generated: npx vitest run test/integration/chain-differential.test.ts -u -->

Over HTTP (POST to any path), WebSocket (same port) and a local socket (\`endpoints.ipc\` in the manifest, open to its user only). Batches
of up to 5,000 requests, requests of up to 32 MiB, replies of up to 128 Mi characters. Subscriptions need WebSocket or IPC; a client that lets
64 MiB wait is dropped.

Every method below is answered; the columns say who else does. Dialects keep their own units and answers: \`anvil_setIntervalMining\` counts
seconds, \`evm_setIntervalMining\` milliseconds; \`anvil_\` setters answer null, those of Hardhat and Ganache true; numbers may be JSON numbers,
decimal strings or hex of any padding. Methods that consist of several changes are applied as one: nobody sees what lies
between, and a crash leaves all or nothing. All changes are durable when they are answered.

One call or transaction may use 30 million gas, and a call that names none gets 10 million. Four calls run at once; 10,000 more may wait.
`

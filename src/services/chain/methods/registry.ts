import { accessList } from './access-list.ts'
import { accounts } from './accounts.ts'
import { blocks } from './blocks.ts'
import { calls } from './calls.ts'
import { ENGINE_READS } from './engine-reads.ts'
import { erc20 } from './erc20.ts'
import { filters } from './filters.ts'
import { gethTraces } from './geth-traces.ts'
import type { Family, Method, MethodContext } from './method.ts'
import { mining } from './mining.ts'
import { nodeInfo } from './node-info.ts'
import { otterscan } from './otterscan.ts'
import { parityTraces } from './parity-traces.ts'
import { rawBytes } from './raw-bytes.ts'
import { reorg } from './reorg.ts'
import { reset } from './reset.ts'
import { sending } from './sending.ts'
import { signing } from './signing.ts'
import { simulate } from './simulate.ts'
import { stateDump } from './state-dump.ts'
import { txpool } from './txpool.ts'
import { UNSUPPORTED } from './unsupported.ts'

const FAMILIES: readonly Family[] = [
  accessList,
  accounts,
  blocks,
  calls,
  erc20,
  filters,
  gethTraces,
  mining,
  nodeInfo,
  otterscan,
  parityTraces,
  rawBytes,
  reorg,
  reset,
  sending,
  signing,
  simulate,
  stateDump,
  txpool,
]

/** Methods of connections that can be called back (WebSocket, IPC). */
export const CONNECTION_METHODS = ['eth_subscribe', 'eth_unsubscribe'] as const

/** The methods made here, by name. Each name is claimed once. */
export function ownMethods(context: MethodContext): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>()
  for (const family of FAMILIES) {
    for (const [name, method] of Object.entries(family(context))) {
      if (methods.has(name) || ENGINE_READS.has(name) || name in UNSUPPORTED)
        throw new TypeError(`${name} is claimed twice`)
      methods.set(name, method)
    }
  }
  return methods
}

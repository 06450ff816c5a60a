import { mintAgent } from '../../src/client/agent/mint.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { ALICE } from './agent-network.ts'

/** Mints in a process of its own, telling the parent every step, so that the parent can kill it at a chosen one. */
type Order = { profile: NetworkProfile; name: string; memory: string }

process.on('message', (order: Order) => {
  mintAgent({
    ...order,
    wallet: ALICE,
    model: 'og-tiny',
    onStep: ({ id, status }) => process.send?.({ step: `${id} ${status}` }),
  }).then(
    ({ agentId }) => process.send?.({ agentId }, () => process.exit(0)),
    (error) => process.send?.({ error: String(error) }, () => process.exit(1)),
  )
})
process.on('disconnect', () => process.exit(1))
process.send?.({ step: 'up' })

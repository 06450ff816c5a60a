import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  history,
  initialisation,
  opening,
  PROVIDERS,
  SERVICE_NAME,
  settlementAction,
  USERS,
} from '../helpers/compute-actions.ts'
import { GUARDS, INITIALISERS, LEDGER, REGISTRY, SERVICES } from '../helpers/compute-edge-cases.ts'
import { type Action, run, startTwins } from '../helpers/compute-twins.ts'
import { account, type ContractWorld } from '../helpers/contract-world.ts'

/**
 * Our compute contracts beside the ones the official SDK publishes as bytecode: the same history on both must give the same
 * events, the same revert data and the same views, byte for byte.
 */
describe('compute contracts and the published ones', () => {
  let ours: ContractWorld
  let theirs: ContractWorld
  let snapshots: string[]

  beforeAll(async () => {
    ;({ ours, theirs } = await startTwins())
    for (const action of [...initialisation(), ...opening()])
      expect(await run(ours, action)).toEqual(await run(theirs, action))
    snapshots = await snapshot()
  })

  const snapshot = () => Promise.all([ours, theirs].map((world) => world.request<string>('evm_snapshot')))

  async function rewind(): Promise<void> {
    const worlds = [ours, theirs]
    for (const [index, world] of worlds.entries()) await world.rewind(snapshots[index] as string)
    snapshots = await snapshot()
  }

  async function both(action: Action, twins = { ours, theirs }): Promise<void> {
    const label = { fn: action.fn, from: action.from, args: action.args }
    const expected = await run(twins.theirs, action)
    expect({ label, outcome: await run(twins.ours, action) }).toEqual({ label, outcome: expected })
  }

  function views(): Action[] {
    const at = (index: number) => account(index).address
    const ledgers = USERS.map(
      (user): Action => ({ from: 9, contract: 'LedgerManager', fn: 'getLedger', args: [at(user)] }),
    )
    const providers = USERS.map(
      (user): Action => ({
        from: 9,
        contract: 'LedgerManager',
        fn: 'getLedgerProviders',
        args: [at(user), SERVICE_NAME],
      }),
    )
    const listings = ['getAllAccounts', 'getAllServices'].map(
      (fn): Action => ({ from: 9, contract: 'InferenceServing', fn, args: [0n, 0n] }),
    )
    const batches = PROVIDERS.map(
      (from): Action => ({ from, contract: 'InferenceServing', fn: 'getBatchAccountsByUsers', args: [USERS.map(at)] }),
    )
    return [
      ...ledgers,
      ...providers,
      ...listings,
      ...batches,
      { from: 9, contract: 'LedgerManager', fn: 'getAllLedgers', args: [0n, 0n] },
    ]
  }

  test('every edge case of initialisers, registry, ledger, services and guards gives the same answer', async () => {
    const fresh = await startTwins()
    for (const action of [...INITIALISERS, ...REGISTRY, ...LEDGER, ...SERVICES, ...GUARDS]) await both(action, fresh)
  })

  test('random histories end in the same state and say the same on the way', async () => {
    await fc.assert(
      fc
        .asyncProperty(history, async (steps) => {
          for (const [index, step] of steps.entries()) {
            if (step.kind === 'travel') for (const world of [ours, theirs]) world.travel(step.seconds)
            else if (step.kind === 'action') await both(step.action)
            else {
              const action = await settlementAction(step, index + 1)
              await both({ ...action, fn: 'previewSettlementResults' })
              await both(action)
            }
          }
          for (const view of views()) await both(view)
        })
        .afterEach(rewind),
      { numRuns: Number(process.env['OG_FUZZ_RUNS'] ?? 25) },
    )
  })
})

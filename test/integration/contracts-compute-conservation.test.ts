import fc from 'fast-check'
import { type Abi, decodeFunctionResult } from 'viem'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ContractName, contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { history, opening, settlementAction, TOKEN } from '../helpers/compute-actions.ts'
import { encode } from '../helpers/compute-twins.ts'
import { account, ContractWorld, calldata } from '../helpers/contract-world.ts'

type Ledger = { user: string; availableBalance: bigint; totalBalance: bigint }
type Account = {
  user: string
  balance: bigint
  pendingRefund: bigint
  refunds: readonly { amount: bigint }[]
  validRefundsLength: bigint
}

/** Whatever users, providers and the owner do, the contracts hold exactly what they owe. */
describe('compute contracts create and lose no value', () => {
  let world: ContractWorld
  let snapshot: string
  /** wei that all accounts and contracts hold together, as the genesis gave it out */
  let issued: bigint

  beforeAll(async () => {
    world = await ContractWorld.start()
    issued = await held()
    for (const action of opening()) await act(action)
    snapshot = await world.request('evm_snapshot')
  })

  const act = (action: Parameters<typeof encode>[0]) =>
    world.transact({
      from: action.from,
      to: DEVNET_ADDRESSES[action.contract],
      data: encode(action),
      valueWei: action.valueWei ?? 0n,
    })

  async function list<T>(name: ContractName, fn: string): Promise<readonly T[]> {
    const abi = contractAbi(name) as Abi
    const answer = await world.call({ from: 9, to: DEVNET_ADDRESSES[name], data: calldata(abi, fn, [0n, 0n]) })
    if ('revert' in answer) throw new Error(answer.revert)
    return (decodeFunctionResult({ abi, functionName: fn, data: answer.result }) as [readonly T[], bigint])[0]
  }

  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

  async function held(): Promise<bigint> {
    const holders = new Set([
      ...Array.from({ length: 10 }, (_, index) => account(index).address),
      ...Object.values(DEVNET_ADDRESSES),
    ])
    return sum(await Promise.all([...holders].map((holder) => world.balanceOf(holder))))
  }

  async function checkBooks(): Promise<void> {
    const ledgers = await list<Ledger>('LedgerManager', 'getAllLedgers')
    const accounts = await list<Account>('InferenceServing', 'getAllAccounts')
    const services = await list<unknown>('InferenceServing', 'getAllServices')
    const [inLedger, inServing] = await Promise.all([
      world.balanceOf(DEVNET_ADDRESSES.LedgerManager),
      world.balanceOf(DEVNET_ADDRESSES.InferenceServing),
    ])
    expect(inLedger).toBe(sum(ledgers.map(({ availableBalance }) => availableBalance)))
    expect(inServing).toBe(sum(accounts.map(({ balance }) => balance)) + BigInt(services.length) * 100n * TOKEN)
    for (const { user, availableBalance, totalBalance } of ledgers) {
      const locked = sum(accounts.filter((entry) => entry.user === user).map(({ balance }) => balance))
      expect(totalBalance - availableBalance).toBe(locked)
    }
    for (const { balance, pendingRefund, refunds, validRefundsLength } of accounts) {
      expect(pendingRefund).toBe(sum(refunds.slice(0, Number(validRefundsLength)).map(({ amount }) => amount)))
      expect(pendingRefund <= balance).toBe(true)
    }
    expect(await held()).toBe(issued)
  }

  test('over random histories of users, providers and owner', async () => {
    await fc.assert(
      fc
        .asyncProperty(history, async (steps) => {
          for (const [index, step] of steps.entries()) {
            if (step.kind === 'travel') world.travel(step.seconds)
            else await act(step.kind === 'action' ? step.action : await settlementAction(step, index + 1))
            await checkBooks()
          }
        })
        .afterEach(async () => {
          await world.rewind(snapshot)
          snapshot = await world.request('evm_snapshot')
        }),
      { numRuns: Number(process.env['OG_FUZZ_RUNS'] ?? 25) },
    )
  })
})

import fc from 'fast-check'
import type { Hex } from 'viem'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import type { Action } from './compute-twins.ts'
import { account } from './contract-world.ts'

export const TOKEN = 10n ** 18n
export const SERVICE_NAME = 'inference-v1.0'
export const USERS = [1, 2] as const
export const PROVIDERS = [5, 6] as const
/** The development account whose key signs settlements. */
export const TEE_SIGNER = 7
const STRANGER = 9
const address = (index: number): Hex => account(index).address
const ZERO: Hex = `0x${'00'.repeat(20)}`

/** One item of a settlement: enough to sign it. */
export type SettlementItem = {
  user: Hex
  provider: Hex
  totalFee: bigint
  requestsHash: Hex
  nonce: bigint
}

const SETTLEMENT_TYPES = {
  TEESettlement: [
    { name: 'requestsHash', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'provider', type: 'address' },
    { name: 'user', type: 'address' },
    { name: 'totalFee', type: 'uint256' },
  ],
} as const

/** EIP-712 domain and type of a settlement. [0G compute spec §2.2] */
export function settlementTypedData(message: SettlementItem) {
  return {
    domain: {
      name: '0G Inference Serving',
      version: '1',
      chainId: 31337,
      verifyingContract: DEVNET_ADDRESSES.InferenceServing,
    },
    types: SETTLEMENT_TYPES,
    primaryType: 'TEESettlement',
    message,
  } as const
}

/** The item with a development account's signature. */
export async function signSettlement(item: SettlementItem, signer: number = TEE_SIGNER) {
  return { ...item, signature: await account(signer).signTypedData(settlementTypedData(item)) }
}

/** Initialisation as in the deploy plan. */
export function initialisation(): Action[] {
  const { LedgerManager, InferenceServing } = DEVNET_ADDRESSES
  const owner = { from: 0 } as const
  return [
    { ...owner, contract: 'LedgerManager', fn: 'initialize', args: [address(0)] },
    { ...owner, contract: 'InferenceServing', fn: 'initialize', args: [86_400n, LedgerManager, address(0)] },
    {
      ...owner,
      contract: 'LedgerManager',
      fn: 'registerService',
      args: ['inference', 'v1.0', InferenceServing, 'devnet'],
    },
  ]
}

/** Acknowledged services of both providers, and users with a funded sub-account at the first. */
export function opening(): Action[] {
  const services = PROVIDERS.flatMap((from): Action[] => [
    addService(from, {}, 100n * TOKEN),
    { from: 0, contract: 'InferenceServing', fn: 'acknowledgeTEESignerByOwner', args: [address(from)] },
  ])
  const funds = USERS.flatMap((from): Action[] => [
    { from, contract: 'LedgerManager', fn: 'depositFund', args: [], valueWei: 30n * TOKEN },
    {
      from,
      contract: 'LedgerManager',
      fn: 'transferFund',
      args: [address(PROVIDERS[0]), SERVICE_NAME, 5n * TOKEN],
    },
  ])
  return [...services, ...funds]
}

export function addService(from: number, changes: Record<string, unknown>, valueWei: bigint): Action {
  const params = {
    serviceType: 'chatbot',
    url: 'http://127.0.0.1:3080',
    model: 'og-tiny',
    verifiability: 'TeeML',
    inputPrice: 1n,
    outputPrice: 2n,
    additionalInfo: '{}',
    teeSignerAddress: address(TEE_SIGNER),
    ...changes,
  }
  return { from, contract: 'InferenceServing', fn: 'addOrUpdateService', args: [params], valueWei }
}

/** A step of a random history: an action, a signed settlement, or time passing. */
export type Step =
  | { kind: 'action'; action: Action }
  | {
      kind: 'settle'
      from: number
      items: { user: number; foreign: boolean; feeWei: bigint; stale: boolean; signer: number }[]
    }
  | { kind: 'travel'; seconds: number }

const user = fc.constantFrom(...USERS)
const provider = fc.constantFrom(...PROVIDERS)
const providerOrNobody = fc.oneof(
  { weight: 8, arbitrary: provider.map(address) },
  { weight: 1, arbitrary: fc.constant(ZERO) },
)
const amountWei = fc.oneof(
  fc.constantFrom(0n, 1n, TOKEN - 1n, TOKEN, 2n * TOKEN, 3n * TOKEN),
  fc.bigInt({ min: 0n, max: 5n * TOKEN }),
  fc.constantFrom(20n * TOKEN, 30n * TOKEN),
)
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constant(SERVICE_NAME) },
  { weight: 1, arbitrary: fc.constant('none') },
)

function ledger(
  fn: string,
  args: fc.Arbitrary<readonly unknown[]>,
  valueWei?: fc.Arbitrary<bigint>,
): fc.Arbitrary<Action> {
  return fc
    .tuple(user, args, valueWei ?? fc.constant(0n))
    .map(([from, list, value]): Action => ({ from, contract: 'LedgerManager', fn, args: list, valueWei: value }))
}

function inference(
  fn: string,
  from: fc.Arbitrary<number>,
  args: fc.Arbitrary<readonly unknown[]>,
): fc.Arbitrary<Action> {
  return fc
    .tuple(from, args)
    .map(([sender, list]): Action => ({ from: sender, contract: 'InferenceServing', fn, args: list }))
}

const none = fc.constant([] as const)
const providerArg = fc.tuple(provider.map(address))

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: ledger('depositFund', none, amountWei) },
  { weight: 1, arbitrary: ledger('depositFundFor', fc.tuple(user.map(address)), amountWei) },
  { weight: 1, arbitrary: ledger('addLedger', fc.tuple(fc.constantFrom('', 'hello')), amountWei) },
  { weight: 8, arbitrary: ledger('transferFund', fc.tuple(providerOrNobody, name, amountWei)) },
  {
    weight: 6,
    arbitrary: ledger('retrieveFund', fc.tuple(fc.array(provider.map(address), { maxLength: 3 }), name)),
  },
  { weight: 3, arbitrary: ledger('refund', fc.tuple(amountWei)) },
  { weight: 1, arbitrary: ledger('deleteLedger', none) },
  { weight: 1, arbitrary: ledger('spendFund', fc.tuple(user.map(address), amountWei)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        provider,
        fc.constantFrom<Record<string, unknown>>({}, { url: 'http://x' }, { model: 'm' }),
        fc.constantFrom(0n, 100n * TOKEN),
      )
      .map(([from, changes, value]) => addService(from, changes, value)),
  },
  { weight: 1, arbitrary: inference('removeService', fc.constant(PROVIDERS[1]), none) },
  { weight: 3, arbitrary: inference('acknowledgeTEESignerByOwner', fc.constantFrom(0, 0, STRANGER), providerArg) },
  {
    weight: 1,
    arbitrary: inference(
      'revokeTEESignerAcknowledgement',
      fc.constant(0),
      fc.constant([address(PROVIDERS[1])] as const),
    ),
  },
  { weight: 2, arbitrary: inference('acknowledgeTEESigner', user, fc.tuple(provider.map(address), fc.boolean())) },
  {
    weight: 1,
    arbitrary: inference('revokeToken', user, fc.tuple(provider.map(address), fc.integer({ min: 0, max: 255 }))),
  },
  { weight: 1, arbitrary: inference('revokeAllTokens', user, providerArg) },
  { weight: 1, arbitrary: inference('processRefund', user, fc.tuple(user.map(address), provider.map(address))) },
)

const rarely = fc.integer({ min: 0, max: 9 }).map((value) => value === 0)

const settle: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('settle' as const),
  from: provider,
  items: fc.array(
    fc.record({
      user,
      foreign: rarely,
      feeWei: amountWei,
      stale: rarely,
      signer: rarely.map((isWrong) => (isWrong ? STRANGER : TEE_SIGNER)),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})

/** Random histories of two users and two providers. */
export const history: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: action.map((value): Step => ({ kind: 'action', action: value })) },
    { weight: 3, arbitrary: settle },
    {
      weight: 1,
      arbitrary: fc.constantFrom(60, 3_600, 86_400).map((seconds): Step => ({ kind: 'travel', seconds })),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

/** The action of a settle step; nonces grow with the step unless the item is stale. */
export async function settlementAction(step: Extract<Step, { kind: 'settle' }>, index: number): Promise<Action> {
  const items = await Promise.all(
    step.items.map((item, position) =>
      signSettlement(
        {
          user: address(item.user),
          provider: address(item.foreign ? STRANGER : step.from),
          totalFee: item.feeWei,
          requestsHash: `0x${'ab'.repeat(32)}`,
          nonce: item.stale ? 1n : BigInt(index * 10 + position + 1),
        },
        item.signer,
      ),
    ),
  )
  return { from: step.from, contract: 'InferenceServing', fn: 'settleFeesWithTEE', args: [items] }
}

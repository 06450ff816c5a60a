import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { addService, SERVICE_NAME, TOKEN } from './compute-actions.ts'
import type { Action, ComputeContract } from './compute-twins.ts'
import { account } from './contract-world.ts'

const at = (index: number) => account(index).address
const ZERO = `0x${'00'.repeat(20)}`
const TOO_LONG = 'x'.repeat(4097)
const LONGEST = 'y'.repeat(4096)
const { LedgerManager, InferenceServing } = DEVNET_ADDRESSES

const on =
  (contract: ComputeContract) =>
  (from: number, fn: string, args: readonly unknown[] = [], valueWei = 0n): Action => ({
    from,
    contract,
    fn,
    args,
    valueWei,
  })
const ledger = on('LedgerManager')
const inference = on('InferenceServing')

/** Initialisers and their bounds; the last two of each succeed once. */
export const INITIALISERS: readonly Action[] = [
  ledger(1, 'registerService', ['inference', 'v1.0', InferenceServing, 'early']),
  ledger(0, 'initialize', [at(0)]),
  ledger(0, 'initialize', [at(0)]),
  inference(0, 'initialize', [3_599n, LedgerManager, at(0)]),
  inference(0, 'initialize', [604_801n, LedgerManager, at(0)]),
  inference(0, 'initialize', [86_400n, LedgerManager, at(0)]),
  inference(0, 'initialize', [86_400n, LedgerManager, at(0)]),
  ...['owner', 'initialized', 'lockTime', 'ledgerAddress', 'MIN_LOCKTIME', 'MAX_LOCKTIME', 'MIN_PROVIDER_STAKE'].map(
    (fn) => inference(1, fn),
  ),
]

/** The service registry: every refusal, then every view. */
export const REGISTRY: readonly Action[] = [
  ledger(1, 'registerService', ['inference', 'v1.0', InferenceServing, 'd']),
  ledger(0, 'registerService', ['inference', 'v1.0', ZERO, 'd']),
  ledger(0, 'registerService', ['', 'v1.0', ZERO, 'd']),
  ledger(0, 'registerService', ['', '', InferenceServing, 'd']),
  ledger(0, 'registerService', ['inference', '', InferenceServing, 'd']),
  ledger(0, 'registerService', ['inference', 'v1.0', at(3), 'd']),
  ledger(0, 'registerService', ['inference', 'v1.0', LedgerManager, 'd']),
  ledger(0, 'setRecommendedService', ['inference', 'v1.0']),
  ledger(0, 'registerService', ['inference', 'v1.0', InferenceServing, 'd']),
  ledger(0, 'registerService', ['inference', 'v2.0', InferenceServing, 'd']),
  ledger(0, 'registerService', ['inference', 'v1.0', at(4), 'd']),
  ledger(0, 'registerService', ['inference', 'v1.0', LedgerManager, 'd']),
  ledger(0, 'getRecommendedService', ['inference']),
  ledger(0, 'setRecommendedService', ['inference', 'v9']),
  ledger(0, 'setRecommendedService', ['', '']),
  ledger(1, 'setRecommendedService', ['inference', 'v1.0']),
  ledger(0, 'setRecommendedService', ['inference', 'v1.0']),
  ledger(0, 'setRecommendedService', ['inference', 'v1.0']),
  ...['inference', 'none', ''].map((type) => ledger(1, 'getRecommendedService', [type])),
  ...['inference', 'none'].map((type) => ledger(1, 'getAllVersions', [type])),
  ...['v1.0', 'v2'].map((version) => ledger(1, 'isRecommendedVersion', ['inference', version])),
  ...[InferenceServing, ZERO].map((service) => ledger(1, 'getServiceInfo', [service])),
  ...[SERVICE_NAME, 'none'].map((name) => ledger(1, 'getServiceAddressByName', [name])),
  ledger(1, 'getAllActiveServices'),
]

/** Everything a user can do wrong with a ledger, before and after having one. */
export const LEDGER: readonly Action[] = [
  ...[0n, TOKEN, 3n * TOKEN - 1n].flatMap((value) => [
    ledger(1, 'addLedger', [''], value),
    ledger(1, 'addLedger', [TOO_LONG], value),
    ledger(1, 'depositFund', [], value),
    ledger(1, 'depositFundFor', [at(2)], value),
    ledger(1, 'depositFundFor', [ZERO], value),
  ]),
  ledger(1, 'depositFundFor', [ZERO], 5n * TOKEN),
  ledger(1, 'addLedger', [TOO_LONG], 5n * TOKEN),
  ledger(1, 'refund', [1n]),
  ledger(1, 'deleteLedger'),
  ledger(1, 'updateAdditionalInfo', ['q']),
  ledger(1, 'updateAdditionalInfo', [TOO_LONG]),
  ...[SERVICE_NAME, 'none'].flatMap((name) => [
    ledger(1, 'transferFund', [at(5), name, TOKEN]),
    ledger(1, 'retrieveFund', [[at(5)], name]),
    ledger(1, 'retrieveFund', [Array(21).fill(at(5)), name]),
  ]),
  ledger(1, 'getLedger', [at(1)]),
  ledger(1, 'addLedger', ['hello'], 10n * TOKEN),
  ledger(1, 'addLedger', ['hello'], 10n * TOKEN),
  ledger(1, 'addLedger', [TOO_LONG], 10n * TOKEN),
  ledger(2, 'depositFund', [], 4n * TOKEN),
  ledger(1, 'depositFundFor', [at(3)], 4n * TOKEN),
  ledger(1, 'depositFundFor', [at(3)], 1n),
  ...[TOO_LONG, LONGEST, 'hi'].map((info) => ledger(1, 'updateAdditionalInfo', [info])),
  ...[
    [0n, 0n],
    [1n, 1n],
    [5n, 5n],
    [0n, 1_000n],
    [3n, 0n],
  ].map((page) => ledger(1, 'getAllLedgers', page)),
  ...[11n * TOKEN, 8n * TOKEN, 0n, TOKEN].map((amount) => ledger(1, 'refund', [amount])),
  ledger(1, 'deleteLedger'),
  ...[TOKEN - 1n, 0n, 100n * TOKEN].map((amount) => ledger(1, 'transferFund', [at(5), SERVICE_NAME, amount])),
  ledger(1, 'transferFund', [at(1), SERVICE_NAME, TOKEN]),
  ledger(1, 'transferFund', [ZERO, SERVICE_NAME, TOKEN]),
  ledger(1, 'transferFund', [at(5), SERVICE_NAME, 3n * TOKEN]),
  ...[0n, 1n, 100n * TOKEN].map((amount) => ledger(1, 'transferFund', [at(5), SERVICE_NAME, amount])),
  ledger(1, 'retrieveFund', [[at(5), at(7), at(5)], SERVICE_NAME]),
  inference(1, 'getAccount', [at(1), at(5)]),
  inference(1, 'getPendingRefund', [at(1), at(7)]),
  ledger(1, 'getLedgerProviders', [at(1), SERVICE_NAME]),
  ledger(1, 'getLedgerProviders', [at(9), SERVICE_NAME]),
  ledger(1, 'getLedgerProviders', [at(1), 'none']),
  ledger(1, 'spendFund', [at(1), 1n]),
  ledger(1, 'transferOwnership', [at(1)]),
  ledger(0, 'transferOwnership', [ZERO]),
]

const ACKNOWLEDGED_CHANGES: readonly Record<string, unknown>[] = [
  {},
  { url: 'http://other' },
  { inputPrice: 5n },
  { outputPrice: 6n },
  { model: 'other' },
  { serviceType: 'other' },
  { verifiability: '' },
  { additionalInfo: 'other' },
  { teeSignerAddress: ZERO },
]

/** Services: stake, bounds, what resets the owner's acknowledgement, paging. */
export const SERVICES: readonly Action[] = [
  addService(5, {}, 0n),
  addService(5, { additionalInfo: TOO_LONG }, 0n),
  addService(5, { additionalInfo: TOO_LONG }, 100n * TOKEN),
  inference(5, 'removeService'),
  inference(0, 'acknowledgeTEESignerByOwner', [at(5)]),
  inference(0, 'revokeTEESignerAcknowledgement', [at(5)]),
  inference(1, 'getService', [at(5)]),
  addService(5, {}, 101n * TOKEN),
  addService(5, {}, 1n),
  addService(5, { additionalInfo: TOO_LONG }, 1n),
  inference(5, 'acknowledgeTEESignerByOwner', [at(5)]),
  ...ACKNOWLEDGED_CHANGES.flatMap((change) => [
    addService(5, {}, 0n),
    inference(0, 'acknowledgeTEESignerByOwner', [at(5)]),
    addService(5, change, 0n),
    inference(1, 'getService', [at(5)]),
  ]),
  addService(6, { model: 'six' }, 100n * TOKEN),
  addService(7, { model: 'seven' }, 150n * TOKEN),
  inference(6, 'removeService'),
  inference(6, 'removeService'),
  ...['getAllServices', 'getAllAccounts'].flatMap((fn) =>
    [
      [0n, 0n],
      [0n, 51n],
      [0n, 50n],
      [1n, 1n],
      [5n, 5n],
      [99n, 51n],
    ].map((page) => inference(1, fn, page)),
  ),
  inference(5, 'getBatchAccountsByUsers', [[at(1), at(2), at(9)]]),
  inference(5, 'getBatchAccountsByUsers', [Array(501).fill(at(1))]),
]

/** Session tokens, acknowledgement, and what only ledger or owner may call. */
export const GUARDS: readonly Action[] = [
  inference(9, 'acknowledgeTEESigner', [at(5), true]),
  inference(1, 'acknowledgeTEESigner', [at(5), false]),
  inference(1, 'acknowledgeTEESigner', [at(5), true]),
  ...[0, 1, 254, 255].flatMap((token) => [
    inference(1, 'revokeToken', [at(5), token]),
    inference(1, 'isTokenRevoked', [at(1), at(5), token]),
    inference(1, 'isTokenRevoked', [at(9), at(5), token]),
  ]),
  ...[[], [3, 4, 3], [255]].map((tokens) => inference(1, 'revokeTokens', [at(5), tokens])),
  inference(1, 'getAccount', [at(1), at(5)]),
  inference(1, 'revokeAllTokens', [at(5)]),
  inference(1, 'getAccount', [at(1), at(5)]),
  inference(9, 'revokeAllTokens', [at(5)]),
  ...[0, 1].flatMap((from) => [
    inference(from, 'addAccount', [at(1), at(5), ''], 1n),
    inference(from, 'depositFund', [at(1), at(5), 0n], 1n),
    inference(from, 'requestRefundAll', [at(1), at(5)]),
    inference(from, 'processRefund', [at(1), at(5)]),
    inference(from, 'deleteAccount', [at(1), at(5)]),
    inference(from, 'updateLockTime', [3_599n]),
    inference(from, 'updateLockTime', [604_800n]),
    inference(from, 'settleFeesWithTEE', [[]]),
  ]),
  ...['0x160841b1', '0x01ffc9a7', '0xffffffff'].map((id) => inference(1, 'supportsInterface', [id])),
]

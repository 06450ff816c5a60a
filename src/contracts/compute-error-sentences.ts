import type { ErrorSentence } from './error-sentence.ts'

const DEPOSIT = 'deposit more with `0g compute deposit AMOUNT`'
const OPEN_LEDGER = 'open a ledger with `0g compute deposit 3` or more'
const THROUGH_LEDGER = 'use the ledger: `0g compute deposit AMOUNT --provider ADDRESS`'
const OWNER_CALLS_LEDGER = 'only the owner registers services; on a devnet that is account 0 (deployer)'
const SEE_OFFERS = 'list the providers with `0g compute ls`'

/** LedgerManager and InferenceServing. [0G compute spec §2.1, §2.2] */
export const COMPUTE_ERRORS: Readonly<Record<string, ErrorSentence>> = {
  // ledger: funds
  MinimumDepositRequired: [
    '{provided:0G} is less than the minimum of {required:0G}',
    'a ledger needs at least 3 0G, a sub-account at least 1 0G to open, and what is left available must be nothing or 3 0G',
  ],
  ZeroAmountNotAllowed: ['nothing was sent with the deposit', 'send an amount above zero'],
  ZeroAddressNotAllowed: ['the recipient is the zero address', 'name the account whose ledger the deposit is for'],
  LedgerExists: ['{user} already has a ledger', DEPOSIT],
  LedgerNotExists: ['{user} has no ledger', OPEN_LEDGER],
  LedgerLocked: [
    'the ledger is in the middle of another operation',
    'a contract called the ledger back; call it again afterwards',
  ],
  InsufficientBalance: [
    '{user} has less available than the amount asked for',
    'see what is available with `0g compute account`',
  ],
  InsufficientAvailableBalance: ['{available:0G} is available, {required:0G} is needed', DEPOSIT],
  MustWithdrawAllFundsFirst: [
    'the ledger still holds {remainingBalance:0G}',
    'retrieve the funds from every provider, wait for the lock time, refund, then delete the ledger',
  ],
  DirectDepositsDisabled: [
    'this contract does not take plain transfers',
    'call depositFund on LedgerManager, or use `0g compute deposit AMOUNT`',
  ],
  'AdditionalInfoTooLong(uint256,uint256)': ['additional info is {length} bytes, the most is {max}', 'shorten it'],
  CallFailed: [
    'the service refused the transfer into the sub-account; the ledger does not pass its reason on',
    'a provider cannot be its own user, and the provider address must not be zero',
  ],
  TransferFailed: ['the receiver refused the payment', 'a contract that receives 0G needs a payable receive function'],
  TooManyProviders: ['{requested} providers in one call, the most is {maximum}', 'split the call'],
  TooManyProvidersForService: [
    'the user has sub-accounts with {current} providers of this service, the most is {maximum}',
    'close a ledger position that is no longer used',
  ],
  CallerNotRegisteredService: [
    '{caller} is not a registered service',
    'only service contracts report what users spent',
  ],
  // ledger: registry
  ServiceNotFound: [
    'no service of that name is registered',
    'services are called TYPE-VERSION, on a devnet `inference-v1.0`',
  ],
  ServiceNotRegistered: ['{serviceAddress} is not a registered service', OWNER_CALLS_LEDGER],
  ServiceAlreadyRegistered: ['{serviceAddress} is already registered', 'register each service contract once'],
  ServiceNameExists: ['a service called {serviceName} is already registered', 'use another version'],
  ServiceMustImplementIServing: [
    '{serviceAddress} does not implement IServing (ERC-165 id 0x160841b1)',
    'register a service contract',
  ],
  ServiceRegistryLimitReached: [
    'the registry holds its most of {limit} services',
    'no more services can be registered',
  ],
  ServiceTypeRequired: ['the service type is empty', 'name one, such as inference'],
  VersionRequired: ['the version is empty', 'name one, such as v1.0'],
  InvalidServiceAddress: ['{serviceAddress} cannot be a service', 'give the address of the service contract'],
  InvalidServiceType: ['{serviceType} is not a service type', 'name one that is registered'],
  NoRecommendedService: ['no version of {serviceType} is recommended', 'the owner sets one with setRecommendedService'],
  AlreadyInitialized: ['the contract is already initialised', 'initialisers run once, when the network is deployed'],
  // sub-accounts
  AccountExists: ['{user} already has a sub-account with {provider}', THROUGH_LEDGER],
  AccountNotExists: [
    '{user} has no sub-account with {provider}',
    'open one with `0g compute deposit AMOUNT --provider {provider}`',
  ],
  CallerNotLedger: ['{caller} is not the ledger', THROUGH_LEDGER],
  InvalidAddress: ['{addr} is no address for a user or provider', 'give a real address'],
  ProviderCannotBeUser: ['a provider cannot be its own user', 'pay from another account: --from alice'],
  CannotRevokeWithNonZeroBalance: [
    'the sub-account of {user} with {provider} still holds {balance:0G}',
    'retrieve the funds first; the acknowledgement can only be taken back from an empty sub-account',
  ],
  TooManyRefunds: [
    'five refunds from {provider} to {user} are already pending',
    'wait until one matures, then retrieve again',
  ],
  // services
  InsufficientStake: [
    'a stake of {provided:0G} was sent, {required:0G} is needed',
    'send the stake with the registration',
  ],
  CannotAddStakeWhenUpdating: ['an update of a service takes no stake', 'send no value with the update'],
  ServiceNotExist: ['{provider} offers no service', SEE_OFFERS],
  'AdditionalInfoTooLong()': ['additional info is longer than 4096 bytes', 'shorten it'],
  LimitTooLarge: ['a page of {limit} entries was asked for, the most is {max}', 'ask for smaller pages'],
  BatchSizeTooLarge: ['{size} users were asked for at once, the most is {max}', 'split the call'],
  LockTimeOutOfRange: ['a lock time of {lockTime:s} is outside {min:s} to {max:s}', 'choose one within the range'],
  // settlement
  NoSettlementsProvided: ['the batch is empty', 'settle at least one item'],
  TooManySettlements: ['the batch has {count} items, the most is {max}', 'split the batch'],
  InvalidTEESignature: [
    "the signature is not the TEE signer's: {reason}",
    'check the signer registered for the service: `0g compute ls`',
  ],
}

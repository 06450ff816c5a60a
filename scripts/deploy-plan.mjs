// What the genesis of a devnet contains, as a list of real transactions: data only, no logic that runs anything.
//
// Each step is one transaction of account #0 (the deployer and owner of every contract) at a fixed nonce, so every address
// is fixed whatever else is deployed. Nonces between steps are spent by empty self-transfers. A step whose contract has no
// artifact is left out, with a note, and so are the calls to it; the nonces it owned stay spent.
//
//   { nonce, deploy: 'Artifact', args, name }   name = how the contract is called in the address book; `hidden` keeps it out of it
//   { nonce, call: 'name', fn, args, value }    a call to a deployed contract; `abi` when it differs from the contract's own
//
// `args` is a function of { at, account, init }: at('Flow') is an address (any step's, earlier or later), account(7) the seventh
// development account, init('Artifact', 'initialize', [...]) the calldata of an initialiser.

/** The chain id whose fixed addresses the official compute SDK knows (0G compute spec §1.1). */
export const CHAIN_ID = 31337
export const MNEMONIC = 'test test test test test test test test test test test junk'
/** 10,000 0G for each development account. */
export const ACCOUNT_COUNT = 10
export const ACCOUNT_BALANCE_WEI = 10_000n * 10n ** 18n
/** Block time of the genesis block and of everything that happened in it: 2026-01-01T00:00:00Z. */
export const GENESIS_TIMESTAMP = 1_767_225_600
export const BLOCK_GAS_LIMIT = 60_000_000
/** Account #0's nonce when the network starts, whatever was deployed: what users deploy first keeps its address. */
export const DEPLOYER_FINAL_NONCE = 100

const OWNER = 0
/** Signer of the agent oracle (simulated TEE). */
const ORACLE = 7
/** Receives what the storage market earns. */
const STORAGE_TREASURY = 8

/** Implementation, beacon owned by account #0, proxy; the initialiser runs inside the proxy's own deployment unless `init` is absent. */
function beaconProxy(nonce, name, artifact, init) {
  return [
    { nonce, deploy: artifact, name: `${name}.implementation`, hidden: true },
    {
      nonce: nonce + 1,
      deploy: 'UpgradeableBeacon',
      name: `${name}.beacon`,
      hidden: true,
      args: ({ at, account }) => [at(`${name}.implementation`), account(OWNER)],
    },
    {
      nonce: nonce + 2,
      deploy: 'BeaconProxy',
      name,
      abi: artifact,
      args: (context) => [context.at(`${name}.beacon`), init ? context.init(artifact, ...init(context)) : '0x'],
    },
  ]
}

/** Refunds of compute sub-accounts mature after a day, as on the public networks. */
const LOCK_TIME_SECONDS = 86_400n

// The compute contracts sit at the addresses the official SDK has built in for chain 31337, which are those of the
// official deployment order: nonces 2, 6 and 12 of account #0. 10-15 belong to fine-tuning.
const compute = [
  ...beaconProxy(0, 'LedgerManager', 'LedgerManager'),
  { nonce: 3, call: 'LedgerManager', fn: 'initialize', args: ({ account }) => [account(OWNER)] },
  ...beaconProxy(4, 'InferenceServing', 'InferenceServing'),
  {
    nonce: 7,
    call: 'InferenceServing',
    fn: 'initialize',
    args: ({ at, account }) => [LOCK_TIME_SECONDS, at('LedgerManager'), account(OWNER)],
  },
  {
    nonce: 8,
    call: 'LedgerManager',
    fn: 'registerService',
    args: ({ at }) => ['inference', 'v1.0', at('InferenceServing'), 'Inference marketplace of the 0G devnet'],
  },
  { nonce: 9, call: 'LedgerManager', fn: 'setRecommendedService', args: () => ['inference', 'v1.0'] },
]

// 33 0G per GiB and year over twelve months: the price of the public "turbo" storage networks, in wei per 256-byte sector.
const PRICE_PER_SECTOR_WEI = 30_733_644_962n
const BLOCKS_PER_EPOCH = 3_750n

// Storage: nonces 16-39. [0G storage spec §3.8: order of the initialisers]
const storage = [
  ...beaconProxy(16, 'Flow', 'FixedPriceFlow'),
  ...beaconProxy(20, 'Market', 'FixedPrice'),
  ...beaconProxy(24, 'Reward', 'ChunkLinearReward'),
  {
    nonce: 28,
    call: 'Market',
    fn: 'initialize',
    args: ({ at }) => [PRICE_PER_SECTOR_WEI, at('Flow'), at('Reward')],
  },
  // No miner contract: nothing is mined here, and no client asks for one.
  {
    nonce: 29,
    call: 'Reward',
    fn: 'initialize',
    args: ({ at, account }) => [at('Market'), '0x0000000000000000000000000000000000000000', account(STORAGE_TREASURY)],
  },
  { nonce: 30, call: 'Flow', fn: 'initialize', args: ({ at }) => [at('Market'), BLOCKS_PER_EPOCH] },
]

// Agents: nonces 40-69. [0G agent spec §2.1: order and initialisers; oracle type 0 = TEE]
const agent = [
  ...beaconProxy(40, 'TEEVerifier', 'TEEVerifier', ({ account }) => ['initialize', [account(OWNER), account(ORACLE)]]),
  ...beaconProxy(44, 'Verifier', 'Verifier', ({ at, account }) => [
    'initialize',
    [[{ oracleType: 0, contractAddress: at('TEEVerifier') }], account(OWNER)],
  ]),
  ...beaconProxy(48, 'AgentNFT', 'AgentNFT', ({ at, account }) => [
    'initialize',
    ['0G Agent NFT', '0GI', '{}', at('Verifier'), account(OWNER)],
  ]),
]

/** Steps in nonce order. */
export const DEPLOY_PLAN = [...compute, ...storage, ...agent]

/** What 0x…1002 can mint: more than there is of 0G, and far from the end of the range. */
const MINT_RESERVE_WEI = 10n ** 28n
/** The minimum that validators of the public networks have. [0G chain spec §1.4] */
const SIMULATED_STAKE_WEI = 32n * 10n ** 18n
/** Blocks after which makeEpoch begins another epoch: 28,800 on the public networks. */
const DA_EPOCH_BLOCKS = 100n
const ONLY_FALLBACK = [{ type: 'fallback', stateMutability: 'payable' }]

/**
 * Contracts that stand at fixed addresses from the genesis on, put there directly: runtime code of an artifact of ours, or `code`
 * as it is with an `abi`; `storage` maps slots to values. 0G's own are at their addresses on the public networks.
 */
export const PREDEPLOYS = [
  { name: 'Multicall3', artifact: 'Multicall3', address: '0xca11bde05977b3631167028862be2a173976ca11' },
  // The engine's own one at this address only says that it is not supported.
  { name: 'BlockHashHistory', artifact: 'BlockHashHistory', address: '0x0000f90827f1c53a10cb7a02335b175320002935' },
  { name: 'Permit2', artifact: 'Permit2', address: '0x000000000022d473030f116ddee9f6b43ac78ba3' },
  // Made for the chain id by the Safe project's own signature on each network; its code is that of the factory at 0x4e59….
  {
    name: 'SafeSingletonFactory',
    abi: ONLY_FALLBACK,
    code: '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3',
    address: '0x914d7fec6aac8cd542e72bca78b30650d45643d7',
  },
  {
    name: 'DASigners',
    artifact: 'DASigners',
    address: '0x0000000000000000000000000000000000001000',
    storage: { '0x0': DA_EPOCH_BLOCKS },
  },
  { name: 'DARegistry', artifact: 'DARegistry', address: '0x20f30b2584f3096ea0d6c18c3b5cacc0585e12fc' },
  {
    name: 'WrappedA0GIBase',
    artifact: 'WrappedA0GIBase',
    address: '0x0000000000000000000000000000000000001002',
    balance: MINT_RESERVE_WEI,
  },
  { name: 'W0G', artifact: 'W0G', address: '0x1cd0690ff9a693f5ef2dd976660a8dafc81a109c' },
  { name: 'Staking', artifact: 'Staking', address: '0xea224dbb52f57752044c0c86ad50930091f561b9' },
  // The address that Staking computes for the public key of BLS key 1.
  {
    name: 'SimulatedValidator',
    artifact: 'SimulatedValidator',
    address: '0x2511de46b1505b867b712af12fd94e29fab86942',
    balance: SIMULATED_STAKE_WEI,
  },
]

/**
 * The deterministic deployment proxy (CREATE2 factory): the very transaction, signed once for every chain, that puts it at
 * its address from a one-time account.
 */
export const CREATE2_FACTORY = {
  name: 'Create2Factory',
  abi: ONLY_FALLBACK,
  address: '0x4e59b44847b379578588920ca78fbf26c0b4956c',
  signer: '0x3fab184622dc19b6109349b94811493bf2a45362',
  rawTransaction:
    '0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222',
}

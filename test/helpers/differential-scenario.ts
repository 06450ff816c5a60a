import type { Hex } from '../../src/client/chain/rpc.ts'
import { signEip1559 } from '../../src/client/chain/transaction.ts'
import { accounts, CONTRACTS } from './test-chain.ts'

/** What both nodes are taken through before they are compared, and the requests they are compared by. */

const address = (index: number): Hex => accounts[index]?.address ?? '0x'
export const [DEPLOYER, ALICE, BOB, CAROL] = [address(0), address(1), address(2), address(3)] as const

/** calls `counting`, then creates an empty contract */
export const CALLER: Hex = '0x00000000000000000000000000000000000c0de5'
export const CALLER_CODE = `0x5f5f5f5f5f73${CONTRACTS.counting.slice(2)}5af1505f5f5ff0`
/** answers balanceOf and allowance with what slot keccak(caller data…) holds: here slot 7 for everything */
export const TOKEN: Hex = '0x00000000000000000000000000000000000c0de6'
export const TOKEN_CODE = '0x6007545f5260205ff3'
/** init code that returns the runtime 0x602a5f5260205ff3 */
export const INIT_CODE = '0x67602a5f5260205ff35f5260086018f3'
const UNKNOWN = `0x${'ab'.repeat(32)}`
const NOBODY = `0x${'77'.repeat(20)}`

const FEES = { chainId: 31337, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n }

/** Raw transactions, one block each: a log, a revert, calls within a call, a creation, a transfer. */
export function scenarioTransactions(): Hex[] {
  const alice = accounts[1]
  if (!alice) throw new Error('no account')
  const sign = (nonce: bigint, to: Hex | undefined, data: Hex, gas: bigint, valueWei = 0n) =>
    signEip1559(alice, { ...FEES, nonce, gas, valueWei, ...(to ? { to } : {}), data })
  return [
    sign(0n, CONTRACTS.logging, '0x', 100_000n),
    sign(1n, CONTRACTS.reverting, '0x', 100_000n),
    sign(2n, CALLER, '0x', 200_000n),
    sign(3n, undefined, INIT_CODE, 200_000n),
    sign(4n, BOB, '0x', 21_000n, 5n),
  ]
}

/** What is known after them; block hashes are each node's own. */
export type Known = { txHashes: readonly Hex[]; blockHashes: readonly Hex[]; created: Hex; raw: Hex }

export type Request = { method: string; params: (known: Known) => readonly unknown[] }

const r = (method: string, ...params: readonly unknown[]): Request => ({ method, params: () => params })
const k = (method: string, params: (known: Known) => readonly unknown[]): Request => ({ method, params })

const STATE_METHODS = ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode', 'eth_getAccountInfo'] as const

/** Requests that change nothing. */
export const READS: readonly Request[] = [
  ...['eth_chainId', 'net_version', 'eth_networkId', 'net_listening', 'eth_accounts', 'eth_requestAccounts'].map((m) =>
    r(m),
  ),
  ...['eth_blockNumber', 'eth_syncing', 'eth_hashrate', 'eth_protocolVersion', 'eth_coinbase', 'eth_gasPrice'].map(
    (m) => r(m),
  ),
  ...['eth_maxPriorityFeePerGas', 'eth_blobBaseFee', 'eth_config', 'web3_clientVersion', 'nope_nope'].map((m) => r(m)),
  ...['eth_getWork', 'txpool_status', 'txpool_content', 'txpool_inspect', 'ots_getApiLevel'].map((m) => r(m)),
  ...['anvil_nodeInfo', 'anvil_metadata', 'hardhat_metadata', 'anvil_getAutomine', 'anvil_getIntervalMining'].map((m) =>
    r(m),
  ),
  r('web3_sha3', '0x68656c6c6f'),
  r('eth_feeHistory', '0x2', 'latest', [50]),
  ...STATE_METHODS.flatMap((method) => [
    r(method, ALICE, 'latest'),
    r(method, NOBODY, 'latest'),
    r(method, CONTRACTS.counting, '0x1'),
    r(method, ALICE, { blockNumber: '0x1' }),
    k(method, ({ blockHashes }) => [ALICE, { blockHash: blockHashes[2], requireCanonical: true }]),
    r(method, ALICE, '0xffff'),
    r(method, ALICE, { blockHash: UNKNOWN }),
    r(method, '0x12', 'latest'),
    r(method),
  ]),
  r('eth_getBalance', ALICE),
  r('eth_getStorageAt', CONTRACTS.counting, '0x0', 'latest'),
  r('eth_getStorageAt', CONTRACTS.counting, `0x${'0'.repeat(64)}`, '0x1'),
  r('eth_getStorageValues', { [CONTRACTS.counting]: [`0x${'0'.repeat(64)}`] }, 'latest'),
  r('eth_getAccount', NOBODY, 'latest'),
  r('eth_getProof', ALICE, [], 'latest'),
  ...['0x0', '0x1', '0x3', '0x5', 'latest', 'earliest', 'pending', 'safe', 'finalized', '0xffff'].flatMap((block) => [
    r('eth_getBlockByNumber', block, false),
    r('eth_getBlockTransactionCountByNumber', block),
    r('eth_getUncleCountByBlockNumber', block),
  ]),
  r('eth_getBlockByNumber', '0x3', true),
  r('erigon_getHeaderByNumber', '0x3'),
  k('eth_getBlockByHash', ({ blockHashes }) => [blockHashes[3], true]),
  r('eth_getBlockByHash', UNKNOWN, false),
  k('eth_getBlockTransactionCountByHash', ({ blockHashes }) => [blockHashes[3]]),
  r('eth_getBlockTransactionCountByHash', UNKNOWN),
  k('eth_getUncleCountByBlockHash', ({ blockHashes }) => [blockHashes[3]]),
  k('eth_getUncleByBlockHashAndIndex', ({ blockHashes }) => [blockHashes[3], '0x0']),
  r('eth_getUncleByBlockNumberAndIndex', '0x1', '0x0'),
  ...['0x1', '0x3', 'latest', 'earliest', '0xffff'].map((block) => r('eth_getBlockReceipts', block)),
  k('eth_getBlockReceipts', ({ blockHashes }) => [blockHashes[3]]),
  ...[0, 1, 2, 3, 4].flatMap((at) =>
    [
      'eth_getTransactionByHash',
      'eth_getTransactionReceipt',
      'eth_getRawTransactionByHash',
      'debug_getRawTransaction',
      'trace_transaction',
      'ots_getInternalOperations',
      'ots_traceTransaction',
      'ots_getTransactionError',
    ].map((method) => k(method, ({ txHashes }) => [txHashes[at]])),
  ),
  ...['eth_getTransactionByHash', 'eth_getTransactionReceipt', 'eth_getRawTransactionByHash', 'trace_transaction'].map(
    (m) => r(m, UNKNOWN),
  ),
  k('eth_getTransactionByBlockHashAndIndex', ({ blockHashes }) => [blockHashes[1], '0x0']),
  r('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x0'),
  r('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x9'),
  r('eth_getRawTransactionByBlockNumberAndIndex', '0x1', '0x0'),
  k('eth_getRawTransactionByBlockHashAndIndex', ({ blockHashes }) => [blockHashes[1], '0x0']),
  r('eth_getTransactionBySenderAndNonce', ALICE, '0x1'),
  r('eth_getTransactionBySenderAndNonce', ALICE, '0x63'),
  r('ots_getTransactionBySenderAndNonce', ALICE, 1),
  r('eth_getLogs', {}),
  r('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' }),
  r('eth_getLogs', { fromBlock: 'earliest', address: CONTRACTS.logging }),
  r('eth_getLogs', { fromBlock: 'earliest', address: [CONTRACTS.logging, BOB], topics: [[`0x${'0'.repeat(63)}7`]] }),
  r('eth_getLogs', { fromBlock: '0x0', topics: [`0x${'0'.repeat(63)}8`] }),
  k('eth_getLogs', ({ blockHashes }) => [{ blockHash: blockHashes[1] }]),
  r('eth_getLogs', { blockHash: UNKNOWN }),
  r('eth_getLogs', { fromBlock: '0x5', toBlock: '0x1' }),
  r('eth_getFilterChanges', '0x99'),
  r('eth_uninstallFilter', '0x99'),
  r('eth_call', { to: TOKEN }, 'latest'),
  r('eth_call', { to: NOBODY, data: '0x1234' }, 'latest'),
  r('eth_call', { from: ALICE, to: CONTRACTS.reverting }, 'latest'),
  r('eth_call', { from: ALICE, to: CONTRACTS.reverting, data: '0x', input: '0x' }, 'latest'),
  r('eth_call', { to: TOKEN }, 'latest', { [TOKEN]: { code: '0x602a5f5260205ff3' } }),
  r('eth_call', { to: TOKEN }, 'latest', {
    [TOKEN]: { stateDiff: { [`0x${'0'.repeat(63)}7`]: `0x${'0'.repeat(63)}9` } },
  }),
  r('eth_call', { to: TOKEN }, '0xffff'),
  r('eth_call', { from: NOBODY, to: BOB, value: '0x1' }, 'latest'),
  r('eth_call', { data: INIT_CODE }, 'latest'),
  r('eth_call'),
  r('eth_estimateGas', { from: ALICE, to: BOB, value: '0x1' }),
  r('eth_estimateGas', { from: ALICE, to: CONTRACTS.reverting }),
  r('eth_estimateGas', { from: NOBODY, to: BOB, value: '0x1' }),
  r('eth_createAccessList', { from: ALICE, to: CALLER }),
  r('eth_createAccessList', { from: ALICE, to: TOKEN }),
  r('eth_createAccessList', { from: ALICE, to: BOB }),
  r('eth_createAccessList', { from: ALICE, to: CONTRACTS.reverting }),
  r('eth_fillTransaction', {
    from: ALICE,
    to: BOB,
    value: '0x1',
    nonce: '0x9',
    gas: '0x5208',
    maxFeePerGas: '0x77359400',
    maxPriorityFeePerGas: '0x1',
  }),
  r('eth_signTransaction', {
    from: ALICE,
    to: BOB,
    value: '0x1',
    nonce: '0x9',
    gas: '0x5208',
    maxFeePerGas: '0x77359400',
    maxPriorityFeePerGas: '0x1',
  }),
  r('eth_signTransaction', { from: ALICE, to: BOB, value: '0x1', nonce: '0x9', gas: '0x5208', gasPrice: '0x77359400' }),
  r('eth_signTransaction', {
    from: NOBODY,
    to: BOB,
    value: '0x1',
    nonce: '0x9',
    gas: '0x5208',
    gasPrice: '0x77359400',
  }),
  r('eth_sign', ALICE, '0xdeadbeef'),
  r('eth_sign', NOBODY, '0xdeadbeef'),
  r('personal_sign', '0xdeadbeef', ALICE),
  r('eth_signTypedData_v4', ALICE, {
    types: { EIP712Domain: [{ name: 'name', type: 'string' }], Mail: [{ name: 'text', type: 'string' }] },
    primaryType: 'Mail',
    domain: { name: 'x' },
    message: { text: 'y' },
  }),
  r('eth_sendRawTransaction', '0x'),
  r('eth_sendRawTransaction', '0xdead'),
  k('eth_sendRawTransaction', ({ raw }) => [raw]),
  r('eth_sendTransaction', { from: NOBODY, to: BOB }),
  ...['callTracer', 'prestateTracer', '4byteTracer', 'noopTracer'].flatMap((tracer) => [
    k('debug_traceTransaction', ({ txHashes }) => [txHashes[2], { tracer }]),
    r('debug_traceCall', { from: ALICE, to: CALLER, gas: '0x30d40' }, 'latest', { tracer }),
    r('debug_traceBlockByNumber', '0x3', { tracer }),
    k('debug_traceBlockByHash', ({ blockHashes }) => [blockHashes[3], { tracer }]),
  ]),
  k('debug_traceTransaction', ({ txHashes }) => [txHashes[0]]),
  k('debug_traceTransaction', ({ txHashes }) => [
    txHashes[0],
    { tracer: 'callTracer', tracerConfig: { withLog: true } },
  ]),
  r('debug_traceTransaction', UNKNOWN, { tracer: 'callTracer' }),
  ...['0x1', '0x2', '0x3', '0x4', '0x5', '0xffff'].map((block) => r('trace_block', block)),
  r('trace_filter', { fromBlock: '0x1', toBlock: '0x5' }),
  r('trace_filter', { fromBlock: '0x1', toBlock: '0x5', fromAddress: [ALICE], count: 2 }),
  r('trace_filter', { fromBlock: '0x1', toBlock: '0x5', toAddress: [BOB] }),
  r('trace_replayBlockTransactions', '0x3', ['trace']),
  r('trace_replayBlockTransactions', '0x3', ['stateDiff']),
  r('trace_replayBlockTransactions', '0x4', ['trace', 'stateDiff']),
  r('ots_hasCode', CALLER, 'latest'),
  r('ots_hasCode', ALICE, 'latest'),
  r('ots_getBlockDetails', '0x3'),
  k('ots_getBlockDetailsByHash', ({ blockHashes }) => [blockHashes[3]]),
  r('ots_getBlockTransactions', 3, 0, 10),
  r('ots_searchTransactionsBefore', ALICE, 0, 2),
  r('ots_searchTransactionsAfter', ALICE, 0, 2),
  k('ots_getContractCreator', ({ created }) => [created]),
  r('ots_getContractCreator', ALICE),
  r(
    'eth_simulateV1',
    {
      blockStateCalls: [
        {
          calls: [
            { from: ALICE, to: CONTRACTS.counting },
            { from: ALICE, to: CONTRACTS.reverting },
            { from: ALICE, to: CONTRACTS.logging, value: '0x1' },
          ],
        },
      ],
    },
    'latest',
  ),
  r(
    'eth_simulateV1',
    {
      blockStateCalls: [{ stateOverrides: { [TOKEN]: { code: '0x602a5f5260205ff3' } }, calls: [{ to: TOKEN }] }],
      traceTransfers: true,
    },
    'latest',
  ),
  r('debug_getRawHeader', 'latest'),
]

/** Changes, in order; each dialect with its own units. Both nodes are asked the reads of `seen` after each. */
export const CHANGES: readonly { change: Request; seen: readonly Request[] }[] = [
  { change: r('anvil_setBalance', BOB, '0x64'), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('anvil_setBalance', BOB, 101), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('anvil_setBalance', BOB, '102'), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('hardhat_setBalance', BOB, '0x67'), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('anvil_addBalance', BOB, '0x1'), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('anvil_setNonce', BOB, '0x10'), seen: [r('eth_getTransactionCount', BOB, 'latest')] },
  { change: r('evm_setAccountNonce', BOB, '0x11'), seen: [r('eth_getTransactionCount', BOB, 'latest')] },
  { change: r('anvil_setCode', CAROL, '0x00'), seen: [r('eth_getCode', CAROL, 'latest')] },
  {
    change: r('anvil_setStorageAt', CONTRACTS.counting, '0x2', `0x${'0'.repeat(63)}5`),
    seen: [r('eth_getStorageAt', CONTRACTS.counting, '0x2', 'latest')],
  },
  { change: r('anvil_dealERC20', BOB, TOKEN, '0x2a'), seen: [r('eth_call', { to: TOKEN }, 'latest')] },
  { change: r('anvil_setERC20Allowance', BOB, ALICE, TOKEN, '0x2b'), seen: [r('eth_call', { to: TOKEN }, 'latest')] },
  { change: r('anvil_dealERC20', BOB, CONTRACTS.logging, '0x2a'), seen: [] },
  { change: r('anvil_setCoinbase', CAROL), seen: [r('eth_coinbase')] },
  { change: r('anvil_setMinGasPrice', '0x1'), seen: [] },
  { change: r('anvil_setLoggingEnabled', true), seen: [] },
  { change: r('anvil_setNextBlockTimestamp', 2_000_000_000), seen: [] },
  { change: r('anvil_setNextBlockBaseFeePerGas', '0x3b9aca00'), seen: [] },
  { change: r('evm_mine'), seen: [r('eth_getBlockByNumber', 'latest', false), r('eth_blockNumber')] },
  { change: r('anvil_mine', '0x2', '0x5'), seen: [r('eth_getBlockByNumber', 'latest', false)] },
  { change: r('evm_mine', { timestamp: 2_000_000_100, blocks: 2 }), seen: [r('eth_blockNumber')] },
  { change: r('anvil_setNextBlockTimestamp', 2_000_001_000), seen: [] },
  { change: r('evm_mine_detailed'), seen: [r('eth_blockNumber')] },
  { change: r('anvil_setBlockTimestampInterval', 7), seen: [] },
  { change: r('anvil_mine', 3), seen: [r('eth_getBlockByNumber', 'latest', false)] },
  { change: r('anvil_removeBlockTimestampInterval'), seen: [] },
  { change: r('anvil_removeBlockTimestampInterval'), seen: [] },
  { change: r('anvil_impersonateAccount', CALLER), seen: [] },
  { change: r('anvil_setBalance', CALLER, '0xde0b6b3a7640000'), seen: [] },
  { change: r('anvil_setNextBlockTimestamp', 2_000_002_000), seen: [] },
  {
    change: r('eth_sendTransactionSync', {
      from: CALLER,
      to: BOB,
      value: '0x1',
      gas: '0x5208',
      gasPrice: '0x77359400',
    }),
    seen: [r('eth_getBalance', BOB, 'latest')],
  },
  { change: r('anvil_stopImpersonatingAccount', CALLER), seen: [] },
  { change: r('eth_sendTransaction', { from: CALLER, to: BOB, gas: '0x5208' }), seen: [] },
  { change: r('anvil_autoImpersonateAccount', true), seen: [] },
  { change: r('anvil_setNextBlockTimestamp', 2_000_003_000), seen: [] },
  {
    change: r('eth_sendTransactionSync', {
      from: CALLER,
      to: BOB,
      value: '0x1',
      gas: '0x5208',
      gasPrice: '0x77359400',
    }),
    seen: [],
  },
  { change: r('anvil_autoImpersonateAccount', false), seen: [] },
  {
    change: r('eth_sendUnsignedTransaction', {
      from: NOBODY,
      to: BOB,
      value: '0x1',
      gas: '0x5208',
      gasPrice: '0x77359400',
    }),
    seen: [],
  },
  { change: r('anvil_setAutomine', false), seen: [r('anvil_getAutomine'), r('hardhat_getAutomine')] },
  {
    change: r('eth_sendTransaction', {
      from: DEPLOYER,
      to: BOB,
      value: '0x1',
      gas: '0x5208',
      maxFeePerGas: '0x77359400',
      maxPriorityFeePerGas: '0x1',
    }),
    seen: [r('txpool_status'), r('txpool_content'), r('txpool_inspect')],
  },
  {
    change: r('eth_sendTransaction', {
      from: DEPLOYER,
      to: BOB,
      value: '0x2',
      gas: '0x5208',
      nonce: '0x5',
      maxFeePerGas: '0x77359400',
      maxPriorityFeePerGas: '0x1',
    }),
    seen: [r('txpool_status'), r('txpool_inspect')],
  },
  { change: r('anvil_removePoolTransactions', DEPLOYER), seen: [r('txpool_status')] },
  {
    change: r('eth_sendTransaction', {
      from: DEPLOYER,
      to: BOB,
      value: '0x3',
      gas: '0x5208',
      maxFeePerGas: '0x77359400',
      maxPriorityFeePerGas: '0x1',
    }),
    seen: [],
  },
  { change: r('anvil_dropAllTransactions'), seen: [r('txpool_status')] },
  { change: r('anvil_dropTransaction', UNKNOWN), seen: [] },
  { change: r('anvil_setIntervalMining', 600), seen: [r('anvil_getIntervalMining'), r('anvil_getAutomine')] },
  { change: r('anvil_setAutomine', true), seen: [r('anvil_getIntervalMining'), r('anvil_getAutomine')] },
  { change: r('evm_setBlockGasLimit', '0x1c9c380'), seen: [] },
  { change: r('evm_snapshot'), seen: [] },
  { change: r('anvil_setBalance', BOB, '0x7'), seen: [] },
  { change: r('anvil_revert', '0x99'), seen: [r('eth_getBalance', BOB, 'latest')] },
  { change: r('evm_setNextBlockTimestamp', 5), seen: [] },
]

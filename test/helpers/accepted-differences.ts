/** A difference to anvil that is meant, and why. */
export type Accepted = {
  methods: readonly string[] | '*'
  /** regular expressions for whole paths of fields; the empty path is the answer itself */
  paths: readonly string[]
  /** what anvil answers there, when the entry is for that only */
  theirs?: unknown
  why: string
}

const BLOCKS = [
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
  'erigon_getHeaderByNumber',
  'ots_getBlockDetails',
  'ots_getBlockDetailsByHash',
  'ots_getBlockTransactions',
  'evm_mine_detailed',
]
const TRACES = ['debug_traceTransaction', 'debug_traceCall', 'debug_traceBlockByNumber', 'debug_traceBlockByHash']

export const ACCEPTED: readonly Accepted[] = [
  {
    methods: '*',
    paths: ['error\\.code'],
    theirs: -32602,
    why: 'A request that is well formed but cannot be met (unknown block, unknown sender) is -32000 here, as in geth.',
  },
  {
    methods: '*',
    paths: ['error\\.code'],
    theirs: -32001,
    why: 'The state of an unknown block hash is refused with -32000, as the state of an unknown number.',
  },
  {
    methods: ['eth_getBalance'],
    paths: [''],
    why: 'The block may be left out, which means the latest (execution API); anvil insists on it.',
  },
  {
    methods: '*',
    paths: ['error\\.code'],
    theirs: -32003,
    why: 'Refused transactions and missing funds are -32000, as in geth and Hardhat; viem and ethers look at the message.',
  },
  {
    methods: ['anvil_dealERC20', 'eth_getWork'],
    paths: ['error\\.code'],
    theirs: -32603,
    why: 'Nothing inside the node failed: a token without a slot is refused (-32000), a method that is not there is -32601.',
  },
  {
    methods: ['eth_getLogs'],
    paths: ['error\\.code'],
    theirs: -32000,
    why: 'The engine calls an unknown blockHash in a filter an invalid parameter.',
  },
  {
    methods: BLOCKS,
    paths: [
      '(.*\\.)?(stateRoot|mixHash|parentBeaconBlockRoot|size)',
      '\\[\\]\\.(hash|stateRoot|mixHash|parentBeaconBlockRoot|size)',
    ],
    why: 'prevRandao and the beacon root are made by each node; the state differs by the contract of EIP-4788, whose call they feed.',
  },
  {
    methods: ['eth_getBlockByNumber'],
    paths: ['transactionsRoot', 'extraData'],
    why: "The engine's genesis block has 0x1234 as extra data, and the root of an empty body as Hardhat computes it.",
  },
  {
    methods: ['eth_getBlockByNumber'],
    paths: ['hash', 'number', 'nonce', 'timestamp', 'baseFeePerGas'],
    why: 'A pending block has no number, hash and nonce here (Hardhat), and its time runs with the clock.',
  },
  {
    methods: ['eth_getBlockByNumber'],
    paths: ['parentHash', 'receiptsRoot', 'gasUsed', 'timestamp', 'transactions\\[\\]', 'logsBloom'],
    why: 'safe and finalized are the latest block, as on 0G Chain; anvil stays at least one epoch behind.',
  },
  {
    methods: ['eth_getUncleCountByBlockNumber', 'eth_getBlockTransactionCountByNumber'],
    paths: [''],
    why: 'Of a block that is not there the count is null, as in the execution API; anvil raises an error.',
  },
  {
    methods: '*',
    paths: ['(.*\\.)?blobGasPrice'],
    why: 'Only receipts of blob transactions have a blob gas price (execution API).',
  },
  {
    methods: '*',
    paths: ['(.*\\.)?blockTimestamp', '\\[\\]\\.blockTimestamp'],
    why: 'An addition of anvil to transactions and receipts; logs have it here too.',
  },
  { methods: ['eth_protocolVersion'], paths: [''], theirs: 1, why: 'A quantity is a hex string.' },
  {
    methods: ['eth_gasPrice', 'anvil_nodeInfo', 'eth_feeHistory', 'eth_fillTransaction'],
    paths: ['', 'environment\\.gasPrice', 'baseFeePerGas\\[\\]', 'environment\\.baseFee'],
    why: "gasPrice is the next block's base fee plus a tip of 1 gwei; anvil's nodeInfo shows the next base fee, ours the latest.",
  },
  {
    methods: ['eth_feeHistory'],
    paths: ['baseFeePerBlobGas', 'blobGasUsedRatio'],
    why: 'The engine keeps no history of blob fees; eth_blobBaseFee answers.',
  },
  {
    methods: ['web3_clientVersion', 'anvil_metadata', 'hardhat_metadata', 'anvil_nodeInfo'],
    paths: ['', 'clientVersion', 'clientSemver', 'clientCommitSha', 'instanceId', 'transactionOrder'],
    why: 'Each node names itself. Transactions are mined in order of arrival.',
  },
  {
    methods: ['eth_config'],
    paths: ['current\\.systemContracts\\.DEPOSIT_CONTRACT_ADDRESS'],
    why: 'There is no deposit contract: validators of 0G Chain stake elsewhere.',
  },
  {
    methods: ['eth_getProof'],
    paths: ['accountProof\\[\\]'],
    why: 'Proofs lead to the state root, which differs (see blocks).',
  },
  {
    methods: ['eth_call'],
    paths: [''],
    why: "The engine does not ask whether the sender of a call could pay the value; Hardhat's node does not either.",
  },
  {
    methods: TRACES,
    paths: ['gas', '\\[\\]\\.result\\.gas'],
    why: 'The outermost frame has the gas limit of the transaction, as in geth.',
  },
  {
    methods: ['debug_traceTransaction'],
    paths: ['structLogs(\\.length)?', 'error', 'failed', 'returnValue', 'gas'],
    why: 'anvil keeps no steps unless told to, and answers with an empty trace for a transaction that is not there.',
  },
  { methods: ['debug_traceCall'], paths: ['error'], why: 'anvil traces no call with the 4byteTracer and noopTracer.' },
  {
    methods: ['trace_transaction', 'trace_block'],
    paths: [''],
    theirs: [],
    why: 'What is not there is null, as in OpenEthereum; an empty list is a transaction without traces.',
  },
  {
    methods: ['ots_traceTransaction', 'ots_getInternalOperations'],
    paths: ['\\.length'],
    why: 'Creations are part of the trace, and the outermost call is not an internal operation (Otterscan API).',
  },
  {
    methods: ['ots_getBlockDetails', 'ots_getBlockDetailsByHash', 'ots_getBlockTransactions'],
    paths: ['(block|fullblock)\\.logsBloom', 'receipts\\[\\]\\.logs(Bloom)?'],
    why: 'Otterscan asks for null where it does not need the data.',
  },
  {
    methods: ['eth_simulateV1'],
    paths: ['\\[\\]\\.(?!calls).*', '\\[\\]\\.calls\\[\\]\\.logs\\[\\]\\.(blockHash|blockNumber|transactionHash)'],
    why: 'Simulated blocks are mined for real here: they follow the latest block, have all fields, and pay no base fee without validation.',
  },
  {
    methods: ['eth_simulateV1'],
    paths: ['\\[\\]\\.calls\\[\\]\\.error\\.(code|data)'],
    why: 'A revert has code 3 and its data (execution API).',
  },
  { methods: ['debug_getRawHeader'], paths: ['.*'], why: 'anvil does not have it.' },
  {
    methods: ['hardhat_setBalance', 'evm_setAccountNonce', 'evm_mine'],
    paths: [''],
    why: 'Methods of Hardhat\'s and Ganache\'s dialects answer as those do: true, and "0" for a mined block.',
  },
  {
    methods: ['eth_sendTransactionSync'],
    paths: ['blockHash', 'transactionHash'],
    why: 'The signature of an impersonated account is made up, by each node in its own way, and the hash with it.',
  },
  { methods: ['evm_snapshot'], paths: [''], why: 'Ids of snapshots count from 1 here, from 0 in anvil.' },
]

import { AUTO_IMPERSONATE, CONFIGURE_MINING, SET_TIMESTAMP_INTERVAL } from './chain-state.ts'

/** Goes back to the block of a number. Of a turn it has to be the first change. */
export const ROLL_BACK = 'og_rollBack'

/** Requests that change what a later request can see. Everything else is a read and needs neither queue nor journal. */
export const MUTATING = new Set([
  ROLL_BACK,
  'eth_sendRawTransaction',
  'eth_sendTransaction',
  AUTO_IMPERSONATE,
  SET_TIMESTAMP_INTERVAL,
  'evm_increaseTime',
  'evm_mine',
  'evm_revert',
  'evm_setAutomine',
  'evm_setBlockGasLimit',
  'evm_setIntervalMining',
  'evm_setNextBlockTimestamp',
  'evm_setTime',
  'evm_snapshot',
  'hardhat_dropTransaction',
  'hardhat_impersonateAccount',
  'hardhat_mine',
  'hardhat_setBalance',
  'hardhat_setCode',
  'hardhat_setCoinbase',
  'hardhat_setMinGasPrice',
  'hardhat_setNextBlockBaseFeePerGas',
  'hardhat_setNonce',
  'hardhat_setPrevRandao',
  'hardhat_setStorageAt',
  'hardhat_stopImpersonatingAccount',
])

/** Requests after which the clock by which blocks are mined may be another. */
export const MINING_MODE = new Set(['evm_setIntervalMining', CONFIGURE_MINING])
/** Requests that can move the head. */
export const MOVES_HEAD = new Set([
  ROLL_BACK,
  'eth_sendRawTransaction',
  'eth_sendTransaction',
  'evm_mine',
  'evm_revert',
  'hardhat_mine',
])

import type { Logger } from 'pino'
import type { Hex, RpcClient } from '../../client/chain/rpc.ts'
import type { AddressIndex } from './address-index.ts'
import type { Answer } from './answer.ts'
import type { ChainFollower } from './chain-follower.ts'
import type { ChainSource } from './chain-source.ts'
import type { Compilers } from './compilers.ts'
import type { Parameters } from './parameters.ts'
import type { VerificationQueue } from './verification-queue.ts'
import type { VerifiedContracts } from './verified-contracts.ts'

/** What the actions of the API work with. */
export type Explorer = {
  rpc: RpcClient
  source: ChainSource
  index: AddressIndex
  follower: ChainFollower
  verified: VerifiedContracts
  queue: VerificationQueue
  compilers: Compilers
  /** contracts of the genesis by address, in lower case */
  genesisContracts: ReadonlyMap<Hex, string>
  log: Logger
  /** aborts when the service stops */
  signal: AbortSignal
}

/** One action of a module. A Refusal it throws becomes an answer with status "0". */
export type Action = (explorer: Explorer, parameters: Parameters) => Promise<Answer>

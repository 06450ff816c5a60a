import * as AbiFunction from 'ox/AbiFunction'
import { contractAbi } from '../../contracts/abi.ts'
import { type Hex, isSameAddress } from '../../protocol/ecdsa.ts'
import { getEvents } from '../chain/contract.ts'
import { type Offer, offerOf } from './offers.ts'
import type { ComputeContracts, OnChainService } from './serving.ts'

type ServiceParams = Pick<
  OnChainService,
  | 'serviceType'
  | 'url'
  | 'model'
  | 'verifiability'
  | 'inputPrice'
  | 'outputPrice'
  | 'additionalInfo'
  | 'teeSignerAddress'
>

/**
 * What a provider offered at a block, although it may have changed or left since: the last registration up to then is in the
 * events, its terms are in the transaction that made it, and whether its signer was acknowledged is in the events as well.
 * Undefined when there was none, or when it was made through another contract.
 */
export async function offerAt(
  contracts: ComputeContracts,
  provider: string,
  blockNumber: number,
  signal?: AbortSignal,
): Promise<Offer | undefined> {
  const { rpc, inference } = contracts
  const abi = contractAbi('InferenceServing')
  const events = { rpc, address: inference, abi, toBlock: BigInt(blockNumber), signal }
  const [registrations, acknowledgements] = await Promise.all([
    getEvents<{ updatedAt: bigint }>({ ...events, eventName: 'ServiceUpdated', args: { service: provider } }),
    getEvents<{ teeSignerAddress: string; acknowledged: boolean }>({
      ...events,
      eventName: 'ProviderTEESignerAcknowledged',
      args: { provider },
    }),
  ])
  const registration = registrations.at(-1)
  if (!registration) return undefined
  const hash = registration.transactionHash
  const transaction = await rpc.request<{ to: Hex | null; input: Hex } | null>('eth_getTransactionByHash', [hash], {
    signal,
  })
  const params =
    transaction?.to && isSameAddress(transaction.to, inference) ? decodeParams(transaction.input) : undefined
  if (!params) return undefined
  const last = acknowledgements.at(-1)?.args
  const teeSignerAcknowledged =
    last?.acknowledged === true && isSameAddress(last.teeSignerAddress, params.teeSignerAddress)
  return offerOf({
    ...params,
    provider: provider as Hex,
    updatedAt: registration.args.updatedAt,
    teeSignerAcknowledged,
  })
}

function decodeParams(input: Hex): ServiceParams | undefined {
  const item = AbiFunction.fromAbi(contractAbi('InferenceServing') as readonly unknown[], 'addOrUpdateService' as never)
  const call = item as unknown as AbiFunction.AbiFunction
  if (!input.startsWith(AbiFunction.getSelector(call))) return undefined
  const decoded = AbiFunction.decodeData(call, input) as readonly [ServiceParams]
  return decoded[0]
}

import type { Logger } from 'pino'
import { writeContract } from '../../client/chain/contract.ts'
import type { Wallet } from '../../client/chain/wallet.ts'
import { type ComputeContracts, type OnChainService, readInference, readService } from '../../client/compute/serving.ts'
import { contractAbi } from '../../contracts/abi.ts'
import type { ServiceInfo } from '../../protocol/compute/service-info.ts'
import { isSameAddress } from '../../protocol/ecdsa.ts'

/** What a provider says of itself on chain; prices are neuron (wei) per token. */
export type ServiceTerms = {
  url: string
  model: string
  inputPriceWei: bigint
  outputPriceWei: bigint
  signer: string
  info: ServiceInfo
}

/**
 * Brings the service on chain in line with these terms: registers it with the stake the contract asks for, or updates it, or does
 * nothing when nothing differs (0G compute spec §4.11). Then the owner of the network acknowledges the signer, without which
 * official clients hide the service; on a devnet that is an account of the development mnemonic.
 */
export async function registerService(options: {
  contracts: ComputeContracts
  wallet: Wallet
  owner: Wallet
  terms: ServiceTerms
  log: Logger
}): Promise<void> {
  const { contracts, wallet, owner, terms, log } = options
  const { rpc, inference: address } = contracts
  const abi = contractAbi('InferenceServing')
  const wanted = {
    serviceType: 'chatbot',
    url: terms.url,
    model: terms.model,
    verifiability: 'TeeML',
    inputPrice: terms.inputPriceWei,
    outputPrice: terms.outputPriceWei,
    additionalInfo: JSON.stringify(terms.info),
    teeSignerAddress: terms.signer as `0x${string}`,
  }
  const current = await readService(contracts, wallet.address)
  if (!current || !isSameService(current, wanted)) {
    const value = current ? 0n : await readInference<bigint>(contracts, 'MIN_PROVIDER_STAKE')
    await writeContract({ rpc, wallet, address, abi, functionName: 'addOrUpdateService', args: [wanted], value })
    log.info(
      { url: terms.url, model: terms.model },
      current ? 'service updated on chain' : 'service registered on chain',
    )
  }
  // The contract drops the acknowledgement when model, signer or additional information changed.
  const registered = await readService(contracts, wallet.address)
  if (registered?.teeSignerAcknowledged) return
  await writeContract({
    rpc,
    wallet: owner,
    address,
    abi,
    functionName: 'acknowledgeTEESignerByOwner',
    args: [wallet.address],
  })
}

type WantedService = Omit<OnChainService, 'provider' | 'updatedAt' | 'teeSignerAcknowledged'>

function isSameService(current: OnChainService, wanted: WantedService): boolean {
  const keys = Object.keys(wanted) as (keyof WantedService)[]
  return keys.every((key) =>
    key === 'teeSignerAddress' ? isSameAddress(current[key], wanted[key]) : current[key] === wanted[key],
  )
}

import { ABIS } from './generated/abi.ts'

/** Contracts a devnet has, by the name they go under in manifests, commands and errors. */
export type ContractName = keyof typeof ABIS

/** ABI of a contract, typed to its functions, events and errors. A proxy goes by the ABI of what it stands for. */
export function contractAbi<N extends ContractName>(name: N): (typeof ABIS)[N] {
  return ABIS[name]
}

/** Every contract name, in the order of the deploy plan. */
export const CONTRACT_NAMES = Object.keys(ABIS) as readonly ContractName[]

/** Whether a string names a contract of the network; narrows it. */
export function isContractName(name: string): name is ContractName {
  return Object.hasOwn(ABIS, name)
}

// Where each contract of the deploy plan stands: computed, never looked up.
import { getContractAddress } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { ACCOUNT_COUNT, CREATE2_FACTORY, DEPLOY_PLAN, MNEMONIC, PREDEPLOYS } from './deploy-plan.mjs'

/** Addresses of the development accounts, by index. */
export const ACCOUNTS = Array.from({ length: ACCOUNT_COUNT }, (_, addressIndex) =>
  mnemonicToAccount(MNEMONIC, { addressIndex }).address.toLowerCase(),
)

/** Address of a step of the plan by its name, whether or not it is deployed. */
export function planAddress(name) {
  const predeploy = [...PREDEPLOYS, CREATE2_FACTORY].find((entry) => entry.name === name)
  if (predeploy) return predeploy.address
  const step = DEPLOY_PLAN.find((entry) => entry.name === name)
  if (!step) throw new Error(`the deploy plan has no contract ${name}`)
  return getContractAddress({ from: ACCOUNTS[0], nonce: BigInt(step.nonce) }).toLowerCase()
}

/** Steps that can run with the given artifacts: a missing artifact takes the calls to its contract with it. */
export function runnableSteps(artifacts) {
  const missing = new Set()
  for (const step of DEPLOY_PLAN) {
    const wanted = [step.deploy, step.abi].filter(Boolean)
    const parts = step.deploy === 'BeaconProxy' ? [`${step.name}.implementation`] : []
    if (wanted.some((name) => !artifacts.has(name)) || parts.some((name) => missing.has(name))) missing.add(step.name)
  }
  const runnable = DEPLOY_PLAN.filter(
    (step) => !missing.has(step.name ?? step.call) && !missing.has(implementationOf(step)),
  )
  return { runnable, missing: [...missing] }
}

function implementationOf(step) {
  return step.name?.endsWith('.beacon') ? step.name.replace('.beacon', '.implementation') : undefined
}

/** name → { address, artifact }, or { address, abi } where it is not of ours, of every contract users may call. */
export function addressBook(artifacts) {
  const book = new Map()
  for (const step of runnableSteps(artifacts).runnable)
    if (step.deploy && !step.hidden)
      book.set(step.name, { address: planAddress(step.name), artifact: step.abi ?? step.deploy })
  for (const { name, artifact, abi, address } of [...PREDEPLOYS, CREATE2_FACTORY])
    if (abi) book.set(name, { address, abi })
    else if (artifacts.has(artifact)) book.set(name, { address, artifact })
  return book
}

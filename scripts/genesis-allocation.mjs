// The accounts a devnet starts with: the deploy plan run as real transactions, all of them in block 1 of an in-process chain.
import { encodeDeployData, encodeFunctionData, toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import {
  ACCOUNT_BALANCE_WEI,
  CHAIN_ID,
  CREATE2_FACTORY,
  DEPLOY_PLAN,
  DEPLOYER_FINAL_NONCE,
  GENESIS_TIMESTAMP,
  MNEMONIC,
  PREDEPLOYS,
} from './deploy-plan.mjs'
import { startInProcessChain } from './in-process-chain.ts'
import { ACCOUNTS, planAddress, runnableSteps } from './plan-addresses.mjs'

const STEP_GAS = 15_000_000
/** Enough for the whole plan in one block: contracts that remember their block see block 1, the first of every network. */
const BUILD_GAS_LIMIT = 10_000_000_000
/** What the one-time account of the CREATE2 factory pays for its own deployment: 100 gwei × 100,000. */
const FACTORY_COST_WEI = 10n ** 16n

function encodeStep(step, compiled, context) {
  const args = step.args ? step.args(context) : []
  if (step.deploy) {
    const { abi, bytecode } = compiled[step.deploy]
    return { data: encodeDeployData({ abi, bytecode, args }) }
  }
  const target = DEPLOY_PLAN.find((entry) => entry.name === step.call)
  const { abi } = compiled[step.abi ?? target.abi ?? target.deploy]
  return {
    to: planAddress(step.call),
    data: encodeFunctionData({ abi, functionName: step.fn, args }),
    value: toHex(step.value ?? 0n),
  }
}

/** One transaction per nonce up to the final one: a step of the plan, or an empty self-transfer. */
function transactions(compiled) {
  const { runnable, missing } = runnableSteps(new Set(Object.keys(compiled)))
  if (missing.length > 0) process.stderr.write(`genesis: left out, no artifact yet: ${missing.join(', ')}\n`)
  const byNonce = new Map(runnable.map((step) => [step.nonce, step]))
  if (byNonce.size !== runnable.length) throw new Error('two steps of the deploy plan share a nonce')
  const context = {
    at: planAddress,
    account: (index) => ACCOUNTS[index],
    init: (artifact, functionName, args) => encodeFunctionData({ abi: compiled[artifact].abi, functionName, args }),
  }
  return Array.from({ length: DEPLOYER_FINAL_NONCE }, (_, nonce) => {
    const step = byNonce.get(nonce)
    const { to, data, value } = step ? encodeStep(step, compiled, context) : { to: ACCOUNTS[0], data: '0x' }
    return {
      step,
      request: { from: ACCOUNTS[0], nonce: toHex(nonce), gas: toHex(STEP_GAS), gasPrice: '0x0', to, data, value },
    }
  })
}

async function describeFailure(chain, hash) {
  const trace = await chain.request('debug_traceTransaction', [hash, { tracer: 'callTracer' }])
  return `${trace.error ?? 'failed'} ${trace.revertReason ?? trace.output ?? ''}`
}

/** Addresses and storage slots the transactions wrote, from the difference each one made. */
async function touched(chain, hashes) {
  const slots = new Map()
  for (const hash of hashes) {
    const { pre, post } = await chain.request('debug_traceTransaction', [
      hash,
      { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
    ])
    for (const side of [pre, post])
      for (const [address, { storage = {} }] of Object.entries(side)) {
        const known = slots.get(address.toLowerCase()) ?? new Set()
        for (const slot of Object.keys(storage)) known.add(slot)
        slots.set(address.toLowerCase(), known)
      }
  }
  return slots
}

async function readAccount(chain, address, slots) {
  const [nonce, code, balance] = await Promise.all(
    ['eth_getTransactionCount', 'eth_getCode', 'eth_getBalance'].map((method) =>
      chain.request(method, [address, 'latest']),
    ),
  )
  const storage = {}
  for (const slot of [...slots].sort()) {
    const value = await chain.request('eth_getStorageAt', [address, slot, 'latest'])
    if (BigInt(value) !== 0n) storage[slot] = value
  }
  return {
    balance,
    nonce,
    ...(code === '0x' ? {} : { code }),
    ...(Object.keys(storage).length > 0 ? { storage } : {}),
  }
}

function predeploy({ artifact, code, balance = 0n, storage = {} }, compiled) {
  const slots = Object.entries(storage).map(([slot, value]) => [
    toHex(BigInt(slot), { size: 32 }),
    toHex(value, { size: 32 }),
  ])
  return {
    balance: toHex(balance),
    nonce: '0x1',
    code: artifact ? compiled[artifact].deployedBytecode : code,
    storage: Object.fromEntries(slots),
  }
}

/**
 * Runs the plan with the given artifacts (name → abi, bytecode, deployedBytecode) and returns the resulting accounts in geth's layout.
 * @throws Error naming the step that reverted, with its reason.
 */
export async function buildAllocation(compiled) {
  const funded = Object.fromEntries(ACCOUNTS.map((address) => [address, { balance: toHex(ACCOUNT_BALANCE_WEI) }]))
  const predeployed = {}
  for (const entry of PREDEPLOYS)
    if (!entry.artifact || compiled[entry.artifact]) predeployed[entry.address] = predeploy(entry, compiled)
  const chain = await startInProcessChain({
    chainId: CHAIN_ID,
    timestamp: GENESIS_TIMESTAMP,
    blockGasLimit: BUILD_GAS_LIMIT,
    autoMine: false,
    ownedKeys: [toHex(mnemonicToAccount(MNEMONIC).getHdKey().privateKey)],
    alloc: { ...funded, ...predeployed, [CREATE2_FACTORY.signer]: { balance: toHex(FACTORY_COST_WEI) } },
  })
  const sent = []
  for (const { step, request } of transactions(compiled))
    sent.push({ step, hash: await chain.request('eth_sendTransaction', [request]) })
  sent.push({ step: undefined, hash: await chain.request('eth_sendRawTransaction', [CREATE2_FACTORY.rawTransaction]) })
  await chain.request('evm_mine', [GENESIS_TIMESTAMP])
  for (const { step, hash } of sent) {
    const receipt = await chain.request('eth_getTransactionReceipt', [hash])
    if (receipt?.status === '0x1') continue
    const what = step?.name ?? `${step?.call}.${step?.fn}`
    throw new Error(
      `genesis: ${what} (nonce ${step?.nonce}): ${receipt ? await describeFailure(chain, hash) : 'not mined'}`,
    )
  }
  const slots = await touched(
    chain,
    sent.map(({ hash }) => hash),
  )
  for (const [address, { storage = {} }] of Object.entries(predeployed))
    slots.set(address, new Set([...(slots.get(address) ?? []), ...Object.keys(storage)]))
  const alloc = {}
  for (const address of [...new Set([...ACCOUNTS, ...Object.keys(predeployed), ...slots.keys()])].sort()) {
    const account = await readAccount(chain, address, slots.get(address) ?? [])
    // The block's beneficiary is the zero address: what the factory paid for gas is not part of the network.
    if (BigInt(address) !== 0n) alloc[address] = account
  }
  return alloc
}

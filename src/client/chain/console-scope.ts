import type { NetworkProfile } from '../profile.ts'
import { abiOf, namedItems, signatureOf } from './abi-of.ts'
import { fundAccount, readBalance } from './accounts.ts'
import { formatAmount, parseAmount } from './amount.ts'
import { callFunction, send } from './contract-call.ts'
import { describeBlock } from './describe-block.ts'
import { describeTransaction } from './describe-transaction.ts'
import { findLogs } from './logs.ts'
import { mineBlocks, warp } from './mining.ts'
import { createRpc } from './rpc.ts'

/** The last argument of a method may say who sends and how much: `{ from: 'bob', value: '1.5' }` (0G). */
type CallOptions = { from?: string; value?: string | bigint }

type Method = (...args: unknown[]) => Promise<unknown>

/**
 * What the console offers by name: `accounts`, every contract with its functions as methods (views return their value, others
 * send and return the receipt), and the verbs of `0g chain`.
 */
export function consoleScope(profile: NetworkProfile, signal?: AbortSignal): Record<string, unknown> {
  const options = { profile, signal }
  const rpc = createRpc(profile.rpc)
  const contracts = Object.fromEntries(
    Object.keys(profile.contracts).map((name) => [name, methodsOf(profile, name, signal)]),
  )
  return {
    ...contracts,
    contracts,
    network: profile,
    accounts: Object.fromEntries(profile.accounts.map(({ role, address }) => [role, address])),
    rpc: (method: string, ...params: unknown[]) => rpc.request(method, params, { signal }),
    balance: async (account: string) => (await readBalance(account, options)).balance,
    fund: (account: string, amount: string = '10') => fundAccount(account, parseAmount(String(amount)), options),
    transfer: (to: string, amount: string, { from }: CallOptions = {}) =>
      send({ target: to }, { ...options, from, valueWei: parseAmount(String(amount)) }),
    tx: (hash: string) => describeTransaction(hash, options),
    block: (id: string | number = 'latest') => describeBlock(String(id), options),
    logs: (contract?: string, event?: string) => findLogs({ contract, event }, options),
    mine: (blocks: number = 1) => mineBlocks(blocks, options),
    warp: (time: string) => warp(time, options),
    parse0G: parseAmount,
    format0G: formatAmount,
  }
}

/** A method for each function name, and one for each signature where names are overloaded. */
function methodsOf(profile: NetworkProfile, name: string, signal: AbortSignal | undefined): Record<string, unknown> {
  const functions = namedItems(abiOf(profile, name) ?? []).filter(({ type }) => type === 'function')
  const methods: Record<string, unknown> = { address: profile.contracts[name] }
  for (const item of functions) {
    const isView = item.stateMutability === 'view' || item.stateMutability === 'pure'
    const make = (functionText: string): Method => {
      return async (...values) => {
        const [args, { from, value }] = splitOptions(values, item.inputs.length)
        const call = { target: name, functionText, args: args.map(textOf) }
        if (!isView) return await send(call, { profile, from, valueWei: weiOf(value), signal })
        const { outputs } = await callFunction(call, { profile, from, signal })
        const results = outputs.map((output) => output.value)
        return results.length === 1 ? results[0] : results
      }
    }
    methods[item.name] ??= make(item.name)
    if (functions.filter((other) => other.name === item.name).length > 1) {
      methods[signatureOf(item)] = make(`function ${signatureOf(item)}`)
    }
  }
  return methods
}

/** An object behind the last parameter is options; one in its place is an argument. */
function splitOptions(values: unknown[], parameters: number): [unknown[], CallOptions] {
  const last = values.at(-1)
  if (values.length > parameters && typeof last === 'object' && last !== null && !Array.isArray(last)) {
    return [values.slice(0, -1), last as CallOptions]
  }
  return [values, {}]
}

function weiOf(value: string | bigint | undefined): bigint {
  return typeof value === 'bigint' ? value : parseAmount(String(value ?? '0'))
}

/** A JavaScript value as the text a command line would have. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return String(value)
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part))
}

import type { Hex } from '../../../client/chain/rpc.ts'
import { AUTO_IMPERSONATE } from '../chain-state.ts'
import { translateErrors } from '../error-translation.ts'
import { isResult, type ReplyBody, resultBody } from '../rpc-reply.ts'
import type { Family, Method } from './method.ts'
import {
  addressParam,
  bigintParam,
  dataParam,
  hashParam,
  listParam,
  objectParam,
  toQuantity,
  toWord,
} from './params.ts'
import { ask, invalidParams, resultOf } from './rpc-fault.ts'

type Normalise = (params: readonly unknown[]) => readonly unknown[]

const quantityAt =
  (name: string): Normalise =>
  ([first]) => [toQuantity(bigintParam(first, name))]
const balance: Normalise = ([address, wei]) => [addressParam(address), toQuantity(bigintParam(wei, 'a balance'))]
const nonce: Normalise = ([address, count]) => [addressParam(address), toQuantity(bigintParam(count, 'a nonce'))]
const code: Normalise = ([address, bytes]) => [addressParam(address), dataParam(bytes, 'code')]
const storage: Normalise = ([address, slot, value]) => [
  addressParam(address),
  toQuantity(bigintParam(slot, 'a slot')),
  toWord(bigintParam(value, 'a value')),
]
const account: Normalise = ([address]) => [addressParam(address)]
const word: Normalise = ([value]) => [hashParam(value, 'a value')]
const asIs: Normalise = (params) => params

/** What Hardhat calls it, and how its parameters read. */
const SETTERS: Readonly<Record<string, Normalise>> = {
  hardhat_setBalance: balance,
  hardhat_setNonce: nonce,
  hardhat_setCode: code,
  hardhat_setStorageAt: storage,
  hardhat_setCoinbase: account,
  hardhat_setNextBlockBaseFeePerGas: quantityAt('a base fee'),
  hardhat_setMinGasPrice: quantityAt('a gas price'),
  hardhat_setPrevRandao: word,
  hardhat_impersonateAccount: account,
  hardhat_stopImpersonatingAccount: account,
  hardhat_dropTransaction: ([hash]) => [hashParam(hash)],
  evm_setBlockGasLimit: quantityAt('a gas limit'),
  evm_snapshot: asIs,
  evm_revert: asIs,
}

/** Other names of the same: of anvil, which answers null to most, and of Ganache, which answers true. */
const NAMES: readonly [name: string, setter: string, answer: 'same' | 'null'][] = [
  ['anvil_setBalance', 'hardhat_setBalance', 'null'],
  ['anvil_setNonce', 'hardhat_setNonce', 'null'],
  ['anvil_setCode', 'hardhat_setCode', 'null'],
  ['anvil_setStorageAt', 'hardhat_setStorageAt', 'same'],
  ['anvil_setCoinbase', 'hardhat_setCoinbase', 'null'],
  ['anvil_setNextBlockBaseFeePerGas', 'hardhat_setNextBlockBaseFeePerGas', 'null'],
  ['anvil_setMinGasPrice', 'hardhat_setMinGasPrice', 'null'],
  ['anvil_impersonateAccount', 'hardhat_impersonateAccount', 'null'],
  ['anvil_stopImpersonatingAccount', 'hardhat_stopImpersonatingAccount', 'null'],
  ['anvil_setBlockGasLimit', 'evm_setBlockGasLimit', 'same'],
  ['anvil_snapshot', 'evm_snapshot', 'same'],
  ['anvil_revert', 'evm_revert', 'same'],
  ['evm_setAccountBalance', 'hardhat_setBalance', 'same'],
  ['evm_setAccountNonce', 'hardhat_setNonce', 'same'],
  ['evm_setAccountCode', 'hardhat_setCode', 'same'],
  ['evm_setAccountStorageAt', 'hardhat_setStorageAt', 'same'],
]

/** Accounts and blocks set to what a test wants, under all names this goes by. */
export const accounts: Family = ({ chain }) => {
  const set = async (setter: string, params: readonly unknown[]): Promise<ReplyBody> => {
    const normalise = SETTERS[setter] ?? asIs
    return translateErrors(setter, await chain.mutate(setter, normalise(params)))
  }
  const methods: Record<string, Method> = {}
  for (const setter of Object.keys(SETTERS)) methods[setter] = (params) => set(setter, params)
  for (const [name, setter, answer] of NAMES) {
    methods[name] = async (params) => {
      const body = await set(setter, params)
      return answer === 'null' && isResult(body) ? resultBody(null) : body
    }
  }
  const addBalance: Method = async ([address, wei]) => {
    const to = addressParam(address)
    const more = bigintParam(wei, 'a balance')
    await chain.exclusively(async (turn) => {
      const before = BigInt(await ask<Hex>(turn, 'eth_getBalance', to, 'latest'))
      resultOf('hardhat_setBalance', await turn.mutate('hardhat_setBalance', [to, toQuantity(before + more)]))
    })
    return resultBody(null)
  }
  const autoImpersonate: Method = ([isOn]) => {
    if (typeof isOn !== 'boolean') throw invalidParams('expected true or false')
    return chain.mutate(AUTO_IMPERSONATE, [isOn])
  }
  return {
    ...methods,
    anvil_addBalance: addBalance,
    hardhat_addBalance: addBalance,
    anvil_autoImpersonateAccount: autoImpersonate,
    hardhat_autoImpersonateAccount: autoImpersonate,
    // Ganache: an account without a key that may send. True when it was not known before.
    evm_addAccount: async ([address]) => {
      const added = addressParam(address)
      if ((await ask<Hex[]>(chain, 'eth_accounts')).includes(added)) return resultBody(false)
      return await set('hardhat_impersonateAccount', [added])
    },
    evm_removeAccount: ([address]) => set('hardhat_stopImpersonatingAccount', [address]),
    hardhat_setLoggingEnabled: () => resultBody(true),
    anvil_setLoggingEnabled: () => resultBody(null),
    eth_getStorageValues: async ([wanted, block]) => {
      const entries = Object.entries(objectParam(wanted, 'accounts and their slots')).map(async ([address, slots]) => {
        const values = listParam(slots, 'slots').map((slot) =>
          ask<Hex>(
            chain,
            'eth_getStorageAt',
            addressParam(address),
            toQuantity(bigintParam(slot, 'a slot')),
            block ?? 'latest',
          ),
        )
        return [address, await Promise.all(values)] as const
      })
      return resultBody(Object.fromEntries(await Promise.all(entries)))
    },
  }
}

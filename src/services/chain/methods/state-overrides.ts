import type { Hex } from '../../../client/chain/rpc.ts'
import type { Turn } from '../chain-turn.ts'
import { errorBody } from '../rpc-reply.ts'
import { addressParam, bigintParam, dataParam, objectParam, toQuantity, toWord } from './params.ts'
import { ask, invalidParams, RpcFault, resultOf } from './rpc-fault.ts'

/** A chain whose changes are undone. */
export type Scratch = Pick<Turn, 'read' | 'mutate'>

const EMPTY_TRIE: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** as eth_simulateV1 numbers it */
const INSUFFICIENT_FUNDS = -38014

/** Sets accounts as the state overrides of eth_simulateV1 and debug_traceCall say. @throws RpcFault for what cannot be overridden */
export async function applyStateOverrides(scratch: Scratch, accounts: Record<string, unknown>): Promise<void> {
  for (const [key, value] of Object.entries(accounts)) {
    const address = addressParam(key)
    const { balance, nonce, code, state, stateDiff, movePrecompileToAddress } = objectParam(value, 'an account')
    if (movePrecompileToAddress) throw invalidParams('precompiles cannot be moved')
    if (balance) await change(scratch, 'hardhat_setBalance', address, toQuantity(bigintParam(balance, 'balance')))
    if (nonce) await change(scratch, 'hardhat_setNonce', address, toQuantity(bigintParam(nonce, 'nonce')))
    if (code) await change(scratch, 'hardhat_setCode', address, dataParam(code, 'code'))
    if (state) {
      const { storageHash } = await ask<{ storageHash: Hex }>(scratch, 'eth_getProof', address, [], 'latest')
      if (storageHash !== EMPTY_TRIE) throw invalidParams(`${address} has storage: change it with stateDiff`)
    }
    for (const [slot, word] of Object.entries(objectParam(stateDiff ?? state ?? {}, 'storage'))) {
      const index = toQuantity(bigintParam(slot, 'a slot'))
      await change(scratch, 'hardhat_setStorageAt', address, index, toWord(bigintParam(word, 'a word')))
    }
  }
}

/** A change in the scratch chain. @throws RpcFault when it is refused */
export async function change<T>(scratch: Scratch, method: string, ...params: readonly unknown[]): Promise<T> {
  const body = await scratch.mutate(method, params)
  if (/enough funds/.test(body))
    throw new RpcFault(errorBody(INSUFFICIENT_FUNDS, 'insufficient funds for gas * price + value'))
  return resultOf<T>(method, body)
}

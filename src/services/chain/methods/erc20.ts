import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import { resultBody } from '../rpc-reply.ts'
import type { Family, Method, MethodContext, Reader } from './method.ts'
import { addressParam, bigintParam, toWord } from './params.ts'
import { ask, refusal, resultOf } from './rpc-fault.ts'
import type { Prestate } from './trace-shapes.ts'

const selector = (signature: string): string => bytesToHex(keccak_256(utf8ToBytes(signature)).subarray(0, 4))
const BALANCE_OF = selector('balanceOf(address)')
const ALLOWANCE = selector('allowance(address,address)')

/** Balances and allowances of any ERC-20, by finding the storage slot its getter reads. */
export const erc20: Family = (context) => {
  const setBalance: Method = async ([owner, token, amount]) => {
    const call = `0x${BALANCE_OF}${argument(owner)}` as const
    return await setReturnedWord(context, addressParam(token, 'a token'), call, amount, 'balance')
  }
  return {
    anvil_dealERC20: setBalance,
    hardhat_dealERC20: setBalance,
    anvil_setERC20Balance: setBalance,
    anvil_setERC20Allowance: async ([owner, spender, token, amount]) => {
      const call = `0x${ALLOWANCE}${argument(owner)}${argument(spender)}` as const
      return await setReturnedWord(context, addressParam(token, 'a token'), call, amount, 'allowance')
    },
  }
}

function argument(address: unknown): string {
  return addressParam(address).slice(2).padStart(64, '0')
}

/**
 * Sets the slot that `call` returns. Of the slots its trace reads the one counts that, overridden, makes the call return the new value;
 * a token that computes its answer from several slots has none.
 */
async function setReturnedWord(
  { chain }: MethodContext,
  token: Hex,
  data: Hex,
  amount: unknown,
  what: string,
): Promise<string> {
  const word = toWord(bigintParam(amount, 'an amount'))
  return await chain.exclusively(async (turn) => {
    for (const { address, slot } of await slotsRead(turn, token, data)) {
      if (!(await returnsWith(turn, { to: token, data }, address, slot, word))) continue
      resultOf('hardhat_setStorageAt', await turn.mutate('hardhat_setStorageAt', [address, minimal(slot), word]))
      return resultBody(null)
    }
    throw refusal(`no slot of ${token} holds this ${what}`)
  })
}

type Slot = { address: Hex; slot: Hex }

async function slotsRead(reader: Reader, to: Hex, data: Hex): Promise<Slot[]> {
  const touched = await ask<Prestate>(reader, 'debug_traceCall', { to, data }, 'latest', { tracer: 'prestateTracer' })
  return Object.entries(touched).flatMap(([address, { storage }]) =>
    Object.keys(storage ?? {}).map((slot) => ({ address: address as Hex, slot: slot as Hex })),
  )
}

async function returnsWith(reader: Reader, call: object, address: Hex, slot: Hex, word: Hex): Promise<boolean> {
  const overrides = { [address]: { stateDiff: { [slot]: word } } }
  return (await ask<Hex>(reader, 'eth_call', call, 'latest', overrides)) === word
}

function minimal(slot: Hex): Hex {
  return `0x${BigInt(slot).toString(16)}`
}

import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import { type RpcTransaction, signedBytes, transactionBytes } from '../../../protocol/chain/transaction-bytes.ts'
import { fromHex, signDigest } from '../../../protocol/ecdsa.ts'
import { resultBody } from '../rpc-reply.ts'
import { estimateGas } from './calls.ts'
import type { Family, MethodContext } from './method.ts'
import { addressParam, bigintParam, dataParam, listParam, objectParam, optional, toQuantity } from './params.ts'
import { ask, refusal, resultOf } from './rpc-fault.ts'

/** Transactions filled in and signed, but not sent. */
export const signing: Family = (context) => ({
  eth_requestAccounts: () => context.chain.read('eth_accounts', []),
  eth_fillTransaction: async ([request]) => {
    const tx = await fill(context, objectParam(request, 'a transaction'))
    const shown = { ...tx, gasPrice: tx.gasPrice ?? tx.maxFeePerGas, hash: hex(keccak_256(transactionBytes(tx))) }
    return resultBody({ raw: hex(transactionBytes(tx)), tx: shown })
  },
  eth_signTransaction: async ([request]) => {
    const fields = objectParam(request, 'a transaction')
    const from = addressParam(fields['from'], 'a sender')
    const accounts = await ask<Hex[]>(context.chain, 'eth_accounts')
    const key = context.privateKeys[accounts.indexOf(from)]
    if (key === undefined) throw refusal(`the node holds no key of ${from}`)
    const tx = await fill(context, fields)
    const signature = fromHex(signDigest(keccak_256(signedBytes(tx)), key))
    const parity = (signature[64] ?? 27) - 27
    const signed: RpcTransaction = {
      ...tx,
      r: hex(signature.subarray(0, 32)),
      s: hex(signature.subarray(32, 64)),
      v: tx.type === '0x0' ? toQuantity(BigInt(tx.v ?? 0) + BigInt(parity)) : toQuantity(parity),
      yParity: toQuantity(parity),
    }
    return resultBody(hex(transactionBytes(signed)))
  },
})

/** The transaction a node would send for a request: type, nonce, fees and gas chosen where the request leaves them open. */
async function fill({ chain, gasCap }: MethodContext, request: Record<string, unknown>): Promise<RpcTransaction> {
  const owner = () => ask<Hex[]>(chain, 'eth_accounts').then(([first]) => first)
  const from = addressParam(request['from'] ?? (await owner()), 'a sender')
  const to = optional(request['to'], null, (value) => addressParam(value, 'a recipient'))
  const input = dataParam(request['input'] ?? request['data'] ?? '0x')
  const quantity = async (name: string, otherwise: () => Promise<Hex> | Hex): Promise<Hex> => {
    const given = request[name]
    return given === undefined || given === null ? await otherwise() : toQuantity(bigintParam(given, name))
  }
  const type = optional(request['type'], typeOf(request), (value) => toQuantity(bigintParam(value, 'type')))
  const tip = () => ask<Hex>(chain, 'eth_maxPriorityFeePerGas')
  const chainId = toQuantity(chain.header.chainId)
  return {
    type,
    chainId,
    hash: '0x',
    from,
    to,
    input,
    nonce: await quantity('nonce', () => ask<Hex>(chain, 'eth_getTransactionCount', from, 'pending')),
    value: await quantity('value', () => '0x0'),
    gas: await quantity('gas', async () =>
      resultOf<Hex>('eth_estimateGas', await estimateGas(chain, [{ ...request, from }], gasCap)),
    ),
    ...(type === '0x0' || type === '0x1'
      ? { gasPrice: await quantity('gasPrice', () => ask<Hex>(chain, 'eth_gasPrice')) }
      : {
          maxFeePerGas: await quantity('maxFeePerGas', () => ask<Hex>(chain, 'eth_gasPrice')),
          maxPriorityFeePerGas: await quantity('maxPriorityFeePerGas', tip),
        }),
    ...(type === '0x0' ? {} : { accessList: listParam(request['accessList'], 'accessList') as AccessList }),
    ...(type === '0x4'
      ? { authorizationList: listParam(request['authorizationList'], 'authorizationList') as AuthorizationList }
      : {}),
    // EIP-155: an unsigned legacy transaction stands with the chain id in the place of its signature.
    v: type === '0x0' ? toQuantity(BigInt(chainId) * 2n + 35n) : '0x0',
    yParity: '0x0',
    r: '0x0',
    s: '0x0',
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
  }
}

type AccessList = NonNullable<RpcTransaction['accessList']>
type AuthorizationList = NonNullable<RpcTransaction['authorizationList']>

function typeOf({ authorizationList, gasPrice, accessList }: Record<string, unknown>): Hex {
  if (authorizationList) return '0x4'
  if (gasPrice === undefined || gasPrice === null) return '0x2'
  return accessList ? '0x1' : '0x0'
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

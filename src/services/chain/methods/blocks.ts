import { translateErrors } from '../error-translation.ts'
import { isResult, resultBody } from '../rpc-reply.ts'
import { blockRequest, findBlock } from './block-lookup.ts'
import type { Family, Method } from './method.ts'
import { ask, RpcFault, resultOf } from './rpc-fault.ts'

/** Blocks, headers, receipts of a block. Uncles there are none: 0G Chain has no proof of work. */
export const blocks: Family = ({ chain }) => {
  const header: Method = async ([id]) => {
    const block = await findBlock(chain, id)
    if (!block) return resultBody(null)
    const { transactions: _, size: __, uncles: ___, ...fields } = block
    return resultBody(fields)
  }
  const uncleCount: Method = async ([id]) => resultBody((await findBlock(chain, id)) ? '0x0' : null)
  const noUncle: Method = () => resultBody(null)
  return {
    eth_getBlockReceipts: async ([id]) => {
      const [method, params] = blockRequest(id, false)
      const body = await chain.read(method, params)
      if (!isResult(body)) throw new RpcFault(translateErrors('eth_getBlockReceipts', body))
      const hashes = resultOf<{ transactions: string[] } | null>(method, body)?.transactions
      if (!hashes) return resultBody(null)
      const receipts = await Promise.all(hashes.map((hash) => chain.read('eth_getTransactionReceipt', [hash])))
      return `{"result":[${receipts.map((receipt) => receipt.slice('{"result":'.length, -1)).join(',')}]}`
    },
    eth_getHeaderByHash: header,
    eth_getHeaderByNumber: header,
    erigon_getHeaderByNumber: async ([id]) => resultBody(await findBlock(chain, id)),
    erigon_getHeaderByHash: async ([id]) => resultBody(await findBlock(chain, id)),
    erigon_blockNumber: async ([tag]) => resultBody((await findBlock(chain, tag))?.number ?? null),
    eth_getUncleCountByBlockHash: uncleCount,
    eth_getUncleCountByBlockNumber: uncleCount,
    eth_getUncleByBlockHashAndIndex: noUncle,
    eth_getUncleByBlockNumberAndIndex: noUncle,
    eth_getAccount: async ([address, block]) => {
      const proof = await ask<Record<'balance' | 'nonce' | 'codeHash' | 'storageHash', string>>(
        chain,
        'eth_getProof',
        address,
        [],
        block ?? 'latest',
      )
      const { balance, nonce, codeHash, storageHash } = proof
      return resultBody({ nonce, balance, storageRoot: storageHash, codeHash })
    },
    eth_getAccountInfo: async ([address, block]) => {
      const at = block ?? 'latest'
      const [balance, nonce, code] = await Promise.all([
        ask<string>(chain, 'eth_getBalance', address, at),
        ask<string>(chain, 'eth_getTransactionCount', address, at),
        ask<string>(chain, 'eth_getCode', address, at),
      ])
      return resultBody({ balance, nonce, code })
    },
  }
}

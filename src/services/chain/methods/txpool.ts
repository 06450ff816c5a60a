import type { Hex } from '../../../client/chain/rpc.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import type { Chain } from '../chain.ts'
import { resultBody } from '../rpc-reply.ts'
import { heightOf } from './block-lookup.ts'
import { decodeTransaction } from './decode-transaction.ts'
import type { Family, Reader } from './method.ts'
import { addressParam, bigintParam, hashParam, toQuantity } from './params.ts'
import { ask } from './rpc-fault.ts'
import { withYParity } from './y-parity.ts'

type BySender<T> = Record<Hex, Record<string, T>>

/**
 * Transactions that wait: `pending` ones for the next block, `queued` ones for an earlier nonce of their sender. The engine keeps the
 * first kind and the chain the second.
 */
export const txpool: Family = ({ chain }) => {
  const pool = () => sortedPool(chain)
  return {
    txpool_status: async () => {
      const { pending, queued } = await pool()
      return resultBody({ pending: toQuantity(pending.length), queued: toQuantity(queued.length) })
    },
    txpool_content: async () => {
      const { pending, queued } = await pool()
      return resultBody({ pending: bySender(pending, (tx) => tx), queued: bySender(queued, (tx) => tx) })
    },
    txpool_contentFrom: async ([sender]) => {
      const from = addressParam(sender)
      const { pending, queued } = await pool()
      const of = (all: RpcTransaction[]) => bySender(all, (tx) => tx)[from] ?? {}
      return resultBody({ pending: of(pending), queued: of(queued) })
    },
    txpool_inspect: async () => {
      const { pending, queued } = await pool()
      return resultBody({ pending: bySender(pending, summary), queued: bySender(queued, summary) })
    },
    eth_getTransactionBySenderAndNonce: async ([sender, nonce]) => {
      const hash = await findBySenderAndNonce(chain, addressParam(sender), bigintParam(nonce, 'a nonce'))
      if (hash !== undefined) {
        const found = await chain.read('eth_getTransactionByHash', [hash])
        return withYParity('eth_getTransactionByHash', found)
      }
      const waiting = queuedTransactions(chain).find(
        (tx) => tx.from === addressParam(sender) && BigInt(tx.nonce) === bigintParam(nonce, 'a nonce'),
      )
      return resultBody(waiting ?? null)
    },
    anvil_dropAllTransactions: () => drop(chain, () => true),
    hardhat_dropAllTransactions: () => drop(chain, () => true),
    anvil_removePoolTransactions: ([sender]) => {
      const from = addressParam(sender)
      return drop(chain, (tx) => tx.from === from)
    },
    anvil_dropTransaction: async ([hash]) => {
      const wanted = hashParam(hash)
      const body = await chain.mutate('hardhat_dropTransaction', [wanted])
      return resultBody(body === '{"result":true}' ? wanted : null)
    },
  }
}

type Pool = { pending: RpcTransaction[]; queued: RpcTransaction[] }

/** The engine's pool takes transactions ahead of their nonce too, while blocks are mined by hand or by the clock. */
async function sortedPool(chain: Chain): Promise<Pool> {
  const pool: Pool = { pending: [], queued: [] }
  const next = new Map<Hex, bigint>()
  const all = [...(await ask<RpcTransaction[]>(chain, 'eth_pendingTransactions')), ...queuedTransactions(chain)]
  for (const tx of all.sort((a, b) => (BigInt(a.nonce) < BigInt(b.nonce) ? -1 : 1))) {
    const count = next.get(tx.from) ?? BigInt(await ask<Hex>(chain, 'eth_getTransactionCount', tx.from, 'latest'))
    const isNext = BigInt(tx.nonce) === count
    next.set(tx.from, isNext ? count + 1n : count)
    pool[isNext ? 'pending' : 'queued'].push(tx)
  }
  return pool
}

/** Takes all transactions that `isMeant` out of the pool, in one turn. */
async function drop(chain: Chain, isMeant: (tx: RpcTransaction) => boolean): Promise<string> {
  await chain.exclusively(async (turn) => {
    const pending = await ask<RpcTransaction[]>(turn, 'eth_pendingTransactions')
    const meant = [...pending, ...queuedTransactions(chain)].filter(isMeant)
    // A later nonce first: the pool refuses to leave a gap.
    for (const { hash } of meant.sort((a, b) => Number(BigInt(b.nonce) - BigInt(a.nonce)))) {
      await turn.mutate('hardhat_dropTransaction', [hash])
    }
  })
  return resultBody(null)
}

/**
 * Hash of the transaction that used a nonce: waiting, or mined in the first block after which the sender's count is above it, which is
 * found by halving.
 */
export async function findBySenderAndNonce(reader: Reader, sender: Hex, nonce: bigint): Promise<Hex | undefined> {
  const isOurs = (tx: RpcTransaction) => tx.from === sender && BigInt(tx.nonce) === nonce
  const waiting = (await ask<RpcTransaction[]>(reader, 'eth_pendingTransactions')).find(isOurs)
  if (waiting) return waiting.hash
  const countAt = async (height: number) =>
    BigInt(await ask<Hex>(reader, 'eth_getTransactionCount', sender, toQuantity(height)))
  let high = await heightOf(reader)
  if ((await countAt(high)) <= nonce) return undefined
  for (let low = 0; low < high; ) {
    const middle = Math.floor((low + high) / 2)
    if ((await countAt(middle)) > nonce) high = middle
    else low = middle + 1
  }
  const block = await ask<{ transactions: RpcTransaction[] }>(reader, 'eth_getBlockByNumber', toQuantity(high), true)
  return block.transactions.find(isOurs)?.hash
}

function queuedTransactions(chain: Chain): RpcTransaction[] {
  return chain.queued.flatMap((raw) => decodeTransaction(raw) ?? [])
}

function bySender<T>(transactions: readonly RpcTransaction[], view: (tx: RpcTransaction) => T): BySender<T> {
  const senders: BySender<T> = {}
  for (const tx of transactions) {
    senders[tx.from] ??= {}
    Object.assign(senders[tx.from] ?? {}, { [String(BigInt(tx.nonce))]: view(tx) })
  }
  return senders
}

/** As geth prints it. */
function summary({ to, value, gas, gasPrice, maxFeePerGas }: RpcTransaction): string {
  const price = BigInt(maxFeePerGas ?? gasPrice ?? 0)
  return `${to ?? 'contract creation'}: ${BigInt(value)} wei + ${BigInt(gas)} gas × ${price} wei`
}

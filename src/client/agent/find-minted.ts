import { ogError } from '../../errors/og-error.ts'
import { getEvents } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import { type AgentContract, findAgent } from './agent-contract.ts'
import type { MintRecord } from './mint-journal.ts'
import type { MintOptions } from './mint-plan.ts'

/** The token an earlier attempt made, if it still is this owner's with this data: from the record, else from the chain's events. */
export async function findMinted(options: MintOptions, contract: AgentContract, record: MintRecord) {
  const { wallet, signal } = options
  const isOurs = async (tokenId: bigint) => {
    const agent = await findAgent(contract, tokenId, signal)
    return agent?.owner === wallet.address && agent.datas.some(({ dataHash }) => dataHash === record.root)
  }
  if (record.minted && (await isOurs(BigInt(record.minted.tokenId)))) return record.minted
  if (record.minted || record.mintFromBlock === null) return undefined
  await waitForPending(options, contract)
  const updates = await getEvents<{ _tokenId: bigint; _newDatas: readonly { dataHash: Hex }[] }>({
    ...contract,
    eventName: 'Updated',
    fromBlock: BigInt(record.mintFromBlock),
    signal,
  })
  for (const { args, transactionHash } of updates) {
    if (!args._newDatas.some(({ dataHash }) => dataHash.toLowerCase() === record.root)) continue
    if (await isOurs(args._tokenId)) return { tokenId: args._tokenId.toString(), txHash: transactionHash }
  }
  return undefined
}

const PENDING_TIMEOUT_MS = 60_000
const PENDING_PAUSE_MS = 250

/** A mint that was sent but not yet mined must not be sent again: wait until the account has nothing in flight. */
async function waitForPending({ wallet, signal }: MintOptions, { rpc }: AgentContract): Promise<void> {
  const count = (block: string) =>
    rpc.request<Hex>('eth_getTransactionCount', [wallet.address, block], { signal }).then(BigInt)
  const giveUpAt = Date.now() + PENDING_TIMEOUT_MS
  while ((await count('pending')) > (await count('latest'))) {
    if (Date.now() > giveUpAt) {
      throw ogError('TIMEOUT', { what: 'the earlier transactions of this account', timeoutMs: PENDING_TIMEOUT_MS })
    }
    await new Promise((resolve) => setTimeout(resolve, PENDING_PAUSE_MS))
    signal?.throwIfAborted()
  }
}

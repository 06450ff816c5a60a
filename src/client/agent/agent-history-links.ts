import * as AbiFunction from 'ox/AbiFunction'
import { contractAbi } from '../../contracts/abi.ts'
import { accessSigner, ownershipSigner, type TransferValidityProof } from '../../protocol/agent/transfer-proof.ts'
import { isSameAddress } from '../../protocol/ecdsa.ts'
import { type DecodedEvent, getEvents, readContract } from '../chain/contract.ts'
import type { Hex } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import { compareLink, failedLink, uncheckedLink } from '../verify/link.ts'
import type { AgentContract, AgentOnChain } from './agent-contract.ts'
import { ownerName } from './open-agent.ts'

type Options = {
  profile: NetworkProfile
  contract: AgentContract
  agent: AgentOnChain
  signal?: AbortSignal | undefined
}
type TransferEvent = DecodedEvent<{ from: Hex; to: Hex; tokenId: bigint }>
type UpdatedEvent = DecodedEvent<{ _tokenId: bigint; _newDatas: readonly { dataHash: Hex }[] }>
type SealedKeyEvent = DecodedEvent<{ _to: Hex; _tokenId: bigint; _sealedKeys: readonly Hex[] }>

const SIMULATED_ORACLE = 'the oracle is simulated: its signature proves its key, not a TEE'

/** What the chain alone tells: state against events, and for every hand-over the proofs that were given. */
export async function historyLinks(options: Options): Promise<EvidenceLink[]> {
  const { profile, contract, agent, signal } = options
  const { tokenId } = agent
  const events = <T>(eventName: string, args: Record<string, unknown>) =>
    getEvents<T>({ ...contract, eventName, args, signal }) as Promise<DecodedEvent<T>[]>
  const [transfers, updates, sealedKeys] = await Promise.all([
    events<TransferEvent['args']>('Transfer', { tokenId }),
    events<UpdatedEvent['args']>('Updated', { _tokenId: tokenId }),
    events<SealedKeyEvent['args']>('PublishedSealedKey', { _tokenId: tokenId }),
  ])
  const last = transfers.at(-1)
  const hashes = (datas: readonly { dataHash: Hex }[] | undefined) =>
    (datas ?? []).map(({ dataHash }) => dataHash.toLowerCase()).join(', ') || 'none'
  const links = [
    compareLink(
      'the owner is who the last transfer gave it to',
      ownerName(profile, agent.owner),
      last && ownerName(profile, last.args.to),
    ),
    compareLink(
      'the data hashes are those of the last update',
      hashes(agent.datas),
      hashes(updates.at(-1)?.args._newDatas),
    ),
  ]
  if (transfers.length > 1 && last) links.push(deliveryLink(last, sealedKeys))
  for (const event of sealedKeys) links.push(...(await proofLinks(event, options)))
  return links
}

/** A plain ERC-721 transfer moves the token and leaves the new owner without the key. */
function deliveryLink(last: TransferEvent, sealedKeys: readonly SealedKeyEvent[]): EvidenceLink {
  const claim = 'the last transfer delivered the data key to the new owner'
  const delivery = sealedKeys.find(({ transactionHash }) => transactionHash === last.transactionHash)
  return compareLink(claim, `sealed key for ${last.args.to}`, delivery ? `sealed key for ${delivery.args._to}` : 'none')
}

async function proofLinks(event: SealedKeyEvent, options: Options): Promise<EvidenceLink[]> {
  const claim = `hand-over in ${event.transactionHash.slice(0, 10)}…: signed by the oracle of the agent's verifier`
  try {
    const [proofs, oracle] = await Promise.all([proofsOf(event, options), oracleOf(options)])
    if (!proofs) return [uncheckedLink(claim, 'the proofs were given through another contract')]
    const simulated = options.profile.mnemonic === undefined ? {} : { simulated: true, note: SIMULATED_ORACLE }
    return proofs.flatMap(({ accessProof, ownershipProof }, i) => {
      const receiver = accessSigner(accessProof)
      const signer = ownershipSigner(ownershipProof)?.toLowerCase()
      const published = event.args._sealedKeys[i]
      return [
        { ...compareLink(claim, oracle, signer), ...simulated },
        compareLink(
          `hand-over in ${event.transactionHash.slice(0, 10)}…: the key published is the key that was signed`,
          ownershipProof.sealedKey,
          published,
        ),
        receiver && isSameAddress(receiver, event.args._to)
          ? compareLink('the receiver signed for it', event.args._to, receiver.toLowerCase())
          : uncheckedLink('the receiver signed for it', `an assistant signed: ${receiver ?? 'nobody'}`),
      ]
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    return [failedLink(claim, error)]
  }
}

/** The proofs in the input of the transaction; undefined when it did not call the agent contract itself. */
async function proofsOf(event: SealedKeyEvent, { contract, signal }: Options) {
  const tx = await contract.rpc.request<{ to: Hex | null; input: Hex } | null>(
    'eth_getTransactionByHash',
    [event.transactionHash],
    { signal },
  )
  if (!tx?.to || !isSameAddress(tx.to, contract.address)) return undefined
  for (const name of ['iTransferFrom', 'iCloneFrom']) {
    const item = AbiFunction.fromAbi(contract.abi, name as never) as AbiFunction.AbiFunction
    if (!tx.input.startsWith(AbiFunction.getSelector(item))) continue
    const args = AbiFunction.decodeData(item, tx.input) as readonly unknown[] | undefined
    return args?.[3] as readonly TransferValidityProof[] | undefined
  }
  return undefined
}

/** The oracle the agent's verifier trusts today. */
async function oracleOf({ contract, signal }: Options): Promise<string> {
  const { rpc } = contract
  const verifier = await readContract<Hex>({ ...contract, functionName: 'verifier', signal })
  const read = <T>(address: Hex, name: 'Verifier' | 'TEEVerifier', functionName: string, args: readonly unknown[]) =>
    readContract<T>({ rpc, address, abi: contractAbi(name), functionName, args, signal })
  const tee = await read<Hex>(verifier, 'Verifier', 'attestationContract', [0])
  return (await read<Hex>(tee, 'TEEVerifier', 'teeOracleAddress', [])).toLowerCase()
}

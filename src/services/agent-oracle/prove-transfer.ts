import { randomBytes } from 'node:crypto'
import { type AgentContract, agentContract, readAgent } from '../../client/agent/agent-contract.ts'
import { readContract } from '../../client/chain/contract.ts'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Wallet } from '../../client/chain/wallet.ts'
import type { NetworkProfile } from '../../client/profile.ts'
import { contractAbi } from '../../contracts/abi.ts'
import { ogError } from '../../errors/og-error.ts'
import { decryptBlob } from '../../protocol/agent/encrypted-blob.ts'
import { openSealedKey, sealKey } from '../../protocol/agent/sealed-key.ts'
import {
  type AccessProof,
  accessSigner,
  accessSignerKey,
  addressOfContractKey,
  signOwnershipProof,
  type TransferValidityProof,
} from '../../protocol/agent/transfer-proof.ts'
import { type ProveTransferBody, transferRequestSigner } from '../../protocol/agent/transfer-request.ts'
import { fromHex, isSameAddress, toHex } from '../../protocol/ecdsa.ts'

export type OracleOptions = {
  profile: NetworkProfile
  wallet: Wallet
  /** fetches a stored blob, proof-checked */
  fetchBlob: (root: Hex) => Promise<Uint8Array>
  /** milliseconds since 1970 */
  now: () => number
}

/** A request may not be valid for longer: it authorises the release of a key. */
const MAX_DEADLINE_SECONDS = 86_400n

/**
 * Checks a transfer as an oracle in a TEE would, and signs its ownership proofs: the owner asked for it, the chain says that
 * it owns the agent, every receiver signature holds, each data key opens the very blob that is on chain, and goes only to
 * the key the receiver wants. Nothing is signed unless everything holds.
 * @throws OgError PROOF_REFUSED, NOT_FOUND, NETWORK_UNREACHABLE, and those of reading storage
 */
export async function proveTransfer(body: ProveTransferBody, options: OracleOptions): Promise<TransferValidityProof[]> {
  const { profile, wallet } = options
  const refuse = (reason: string) => ogError('PROOF_REFUSED', { reason, id: body.tokenId })
  const contract = agentContract(profile, body.contract)
  const tokenId = BigInt(body.tokenId)
  checkRequest(body, options, refuse)

  const [agent, assistant] = await Promise.all([
    readAgent(contract, tokenId),
    readContract<Hex>({ ...contract, functionName: 'getDelegateAccess', args: [body.to] }),
    requireOracle(contract, wallet, refuse),
  ])
  if (!isSameAddress(agent.owner, body.from)) throw refuse(`the agent belongs to ${agent.owner}`)
  if (agent.datas.length !== body.accessProofs.length || agent.datas.length !== body.sealedKeys.length) {
    throw refuse(`the agent has ${agent.datas.length} data entries, and each needs one access proof and one sealed key`)
  }

  const proofs: TransferValidityProof[] = []
  for (const [i, { dataHash }] of agent.datas.entries()) {
    const access = body.accessProofs[i] as AccessProof
    if (access.dataHash.toLowerCase() !== dataHash) throw refuse(`access proof ${i} is for other data`)
    const signer = accessSigner(access)
    if (!signer || !(isSameAddress(signer, body.to) || isSameAddress(signer, assistant))) {
      throw refuse(`access proof ${i} is not signed by the receiver`)
    }
    const target = targetKey(access, body, refuse)
    const dataKey = openSealedKey(fromHex(body.sealedKeys[i] as Hex), fromHex(wallet.privateKey))
    if (!dataKey) throw refuse(`sealed key ${i} does not open with the oracle's key`)
    if (!(await decryptBlob(await options.fetchBlob(dataHash), dataKey))) {
      throw refuse(`sealed key ${i} does not open the stored data`)
    }
    const ownership = {
      dataHash,
      sealedKey: seal(dataKey, target, refuse),
      targetPubkey: toHex(target),
      nonce: toHex(new Uint8Array(randomBytes(32))),
    }
    proofs.push({ accessProof: access, ownershipProof: signOwnershipProof(ownership, wallet.privateKey) })
  }
  return proofs
}

type Refuse = (reason: string) => Error

function checkRequest(body: ProveTransferBody, { profile, now }: OracleOptions, refuse: Refuse): void {
  const deadline = BigInt(body.deadline)
  const seconds = BigInt(Math.floor(now() / 1000))
  if (deadline < seconds) throw refuse('the deadline of the request has passed')
  if (deadline > seconds + MAX_DEADLINE_SECONDS) throw refuse('the deadline of the request is more than a day away')
  const { contract, from, to, accessProofs } = body
  const request = {
    chainId: profile.chainId,
    contract,
    tokenId: BigInt(body.tokenId),
    from,
    to,
    accessProofs,
    deadline,
  }
  const signer = transferRequestSigner(request, body.authorization)
  if (!signer || !isSameAddress(signer, from)) throw refuse('the request is not signed by the account it is from')
}

/** A signature nobody accepts would burn the receiver's access proof for nothing. */
async function requireOracle({ rpc, ...contract }: AgentContract, wallet: Wallet, refuse: Refuse): Promise<void> {
  const verifier = await readContract<Hex>({ rpc, ...contract, functionName: 'verifier' })
  const tee = await readContract<Hex>({
    rpc,
    address: verifier,
    abi: contractAbi('Verifier'),
    functionName: 'attestationContract',
    args: [0],
  })
  const oracle = await readContract<Hex>({
    rpc,
    address: tee,
    abi: contractAbi('TEEVerifier'),
    functionName: 'teeOracleAddress',
  })
  if (!isSameAddress(oracle, wallet.address))
    throw refuse(`the agent's verifier trusts the oracle ${oracle}, not this one`)
}

/** The key to seal to: the one the receiver wants, or else its account key, taken from its own signature where it signed. */
function targetKey(access: AccessProof, body: ProveTransferBody, refuse: Refuse): Uint8Array {
  if (access.targetPubkey !== '0x') return fromHex(access.targetPubkey)
  const key = body.receiverPublicKey ? fromHex(body.receiverPublicKey) : accessSignerKey(access)
  if (key && isSameAddress(addressOfContractKey(key), body.to)) return key
  throw refuse("the receiver's public key is needed: an assistant signed, or the key given is another account's")
}

function seal(dataKey: Uint8Array, target: Uint8Array, refuse: Refuse): Hex {
  try {
    return toHex(sealKey(dataKey, target))
  } catch {
    throw refuse('the key the receiver wants is not a secp256k1 public key')
  }
}

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromHex, type Hex, keccak256, recoverDigestSigner, signDigest } from '../ecdsa.ts'
import { type AccessProof, accessHash, type TransferValidityProof } from './transfer-proof.ts'

/**
 * How an owner asks the oracle to let an agent go. The proofs themselves bind neither chain, token, receiver nor time
 * (0G agent spec §2.3), so the owner's request does: EIP-712, one signature per transfer.
 */
export type TransferRequest = {
  chainId: number
  contract: Hex
  tokenId: bigint
  from: Hex
  to: Hex
  /** what the receiver signed, one per data entry */
  accessProofs: AccessProof[]
  /** seconds since 1970 */
  deadline: bigint
}

/** Body of `POST /transfer/prove`. `sealedKeys` are the data keys, each sealed to the oracle's public key by the owner. */
export type ProveTransferBody = {
  contract: Hex
  tokenId: string
  from: Hex
  to: Hex
  accessProofs: AccessProof[]
  sealedKeys: Hex[]
  /** 64-byte key of the receiver, where its assistant signed the access proofs and they name no key */
  receiverPublicKey?: Hex
  deadline: string
  authorization: Hex
}

/** Answer of `POST /transfer/prove`: what `iTransferFrom` and `iCloneFrom` take. */
export type ProveTransferReply = { simulated: true; oracle: Hex; proofs: TransferValidityProof[] }

/** Answer of `GET /info`. */
export type OracleInfo = {
  address: Hex
  /** uncompressed, 65 bytes: what data keys for the oracle are sealed to */
  publicKey: Hex
  chainId: number
  dialects: string[]
  attestation: 'simulated'
  simulated: true
}

const DOMAIN_TYPE = text('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')
const REQUEST_TYPE = text(
  'TransferRequest(uint256 tokenId,address from,address to,bytes32 accessHash,uint256 deadline)',
)

/** EIP-712 digest of a request, domain {name: "0G Agent Oracle", version: "1", chainId, verifyingContract: agent contract}. */
function transferRequestDigest(request: TransferRequest): Uint8Array {
  const domain = keccak256(
    concatBytes(
      DOMAIN_TYPE,
      text('0G Agent Oracle'),
      text('1'),
      word(BigInt(request.chainId)),
      word(BigInt(request.contract)),
    ),
  )
  const message = keccak256(
    concatBytes(
      REQUEST_TYPE,
      word(request.tokenId),
      word(BigInt(request.from)),
      word(BigInt(request.to)),
      keccak256(concatBytes(...request.accessProofs.map((proof) => fromHex(accessHash(proof))))),
      word(request.deadline),
    ),
  )
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), domain, message))
}

/** The owner's signature of a request. */
export function signTransferRequest(request: TransferRequest, privateKey: Hex): Hex {
  return signDigest(transferRequestDigest(request), privateKey)
}

/** Who signed a request (checksummed address); undefined when the signature has no signer. */
export function transferRequestSigner(request: TransferRequest, signature: Hex): Hex | undefined {
  try {
    return recoverDigestSigner(transferRequestDigest(request), fromHex(signature))
  } catch {
    return undefined
  }
}

/** Reads a body from JSON; undefined when a field is missing or malformed. */
export function parseProveTransferBody(value: unknown): ProveTransferBody | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const body = value as Partial<Record<keyof ProveTransferBody, unknown>>
  const { contract, tokenId, from, to, accessProofs, sealedKeys, receiverPublicKey, deadline, authorization } = body
  const isValid =
    [contract, from, to].every((address) => isHex(address, 20)) &&
    [tokenId, deadline].every((number) => typeof number === 'string' && /^\d{1,78}$/.test(number)) &&
    Array.isArray(accessProofs) &&
    accessProofs.every(isAccessProof) &&
    Array.isArray(sealedKeys) &&
    sealedKeys.every((key) => isHex(key)) &&
    (receiverPublicKey === undefined || isHex(receiverPublicKey, 64)) &&
    isHex(authorization, 65)
  return isValid ? (value as ProveTransferBody) : undefined
}

function isAccessProof(value: unknown): value is AccessProof {
  const proof = value as Partial<Record<keyof AccessProof, unknown>> | null
  return isHex(proof?.dataHash, 32) && isHex(proof?.targetPubkey) && isHex(proof?.nonce) && isHex(proof?.proof, 65)
}

function isHex(value: unknown, sizeBytes?: number): value is Hex {
  return (
    typeof value === 'string' &&
    /^0x([0-9a-fA-F]{2})*$/.test(value) &&
    (sizeBytes === undefined || value.length === 2 + 2 * sizeBytes)
  )
}

function text(value: string): Uint8Array {
  return keccak256(utf8ToBytes(value))
}

function word(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))
}

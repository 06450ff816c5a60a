import type { ErrorSentence } from './error-sentence.ts'

const REGISTRY = 'call DARegistry instead: it is the only caller that DASigners takes registrations from'
const BLS = 'sign with the BLS key that is registered: hash to the curve, multiply by the key (0G DA spec §3.2)'
const PERMIT = 'sign the typed data of Permit2 for this chain id and the canonical address, with the spender that calls'

/** DASigners, DARegistry, W0G, Permit2 and staking. [0G DA spec §3.3, 0G chain spec §1.3] */
export const SYSTEM_ERRORS: Readonly<Record<string, ErrorSentence>> = {
  BN254OperationFailed: [
    'a point is not on the curve BN254',
    'check keys and signature: x and y as numbers, big-endian',
  ],
  DASignersSenderNotRegistry: ['{sender} may not register DA signers', REGISTRY],
  DASignersSenderNotOrigin: [
    '{sender} is a contract; only an account changes its socket',
    'send the transaction yourself',
  ],
  DASignerExists: ['{signer} is a DA signer already', 'change the address of its node with updateSocket(string)'],
  DASignerUnknown: ['{signer} is no DA signer', 'register it first with DARegistry.registerSigner'],
  DASignersInvalidSignature: ['the BLS signature is not one of {signer}', BLS],
  DASignersAlreadyRegistered: ['{signer} is registered for epoch {epoch} already', 'wait for makeEpoch() to begin it'],
  DASignersNoVotes: ['{signer} brings no votes', 'a vote is 30 0G of balance: fund the account'],
  DAQuorumUnknown: [
    'epoch {epoch} has no quorum {quorumId}',
    'see quorumCount(uint256); signers register for the next epoch, and makeEpoch() draws its quorums',
  ],
  DAQuorumRowUnknown: ['a quorum has no row {rowIndex}', 'rows are 0 to 3071'],
  DAQuorumBitmapLength: ['the bitmap has {provided} bytes and needs {expected}', 'one bit per row, lowest bit first'],
  ErrSenderNotOrigin: [
    'DA signers register themselves, not through a contract',
    'send the transaction from the account',
  ],
  ErrSenderNotSigner: ['the details name another signer than the sender', 'send it from the account they name'],
  ErrSenderNotEligibleToVote: [
    'the sender holds less than the 30 0G of one vote',
    '`0g chain fund ACCOUNT --amount 30`',
  ],
  SenderNotWA0GI: ['only W0G may do that, not {sender}', 'call mint or burn of W0G: it comes here itself'],
  SenderNotAgency: ['{sender} may not set minter caps', 'on a devnet account 0 may: --from deployer'],
  InsufficientMintCap: ['{minter} may have minted {cap:0G}, and this makes {wanted:0G}', 'raise it with setMinterCap'],
  InsufficientMintSupply: ['{minter} has minted {supply:0G}, less than the {amount:0G} to burn', 'burn less'],
  MintPaymentFailed: ['the reserve that W0G is minted from is empty', 'on a devnet: `0g devnet reset`'],
  StakingSimulated: [
    'staking is simulated here: nobody joins or leaves',
    'a devnet has no consensus; use a public network',
  ],
  AllowanceExpired: [
    'the allowance ended at {deadline} (seconds since 1970)',
    'approve or permit again with a later end',
  ],
  InsufficientAllowance: ['the allowance is {amount}', 'approve more, or move less'],
  ExcessiveInvalidation: ['a call may skip 65,535 nonces at most', 'choose a nonce that is nearer'],
  'InvalidNonce()': [
    'the nonce is used, or not the next one',
    'read allowance(…).nonce or nonceBitmap(…), then sign again',
  ],
  'InvalidAmount(uint256)': ['the signature allows {maxAmount}', 'ask for less, or have more signed'],
  LengthMismatch: ['as many transfers must be asked for as are signed', 'give one of transferDetails per permission'],
  SignatureExpired: [
    'the signature ended at {signatureDeadline} (seconds since 1970)',
    'sign again with a later deadline',
  ],
  InvalidSignatureLength: ['a signature has 65 bytes, or 64 in the compact form', PERMIT],
  'InvalidSignature()': ['the signature recovers to no address', PERMIT],
  InvalidSigner: ['the signature is of another account or other data', PERMIT],
  InvalidContractSignature: ['the owner is a contract and refuses the signature (EIP-1271)', PERMIT],
}

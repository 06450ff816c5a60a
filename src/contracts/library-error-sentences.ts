import type { ErrorSentence } from './error-sentence.ts'

const DEVNET_ROLES = 'on a devnet account 0 (deployer) owns every contract: --from deployer'
const DEPLOYMENT = 'this happens when contracts are deployed or upgraded: check the order and the addresses'
const SIGNATURE = 'sign with the key the contract expects, 65 bytes, low s, v 27 or 28'

/** Solidity's own and OpenZeppelin's errors. */
export const LIBRARY_ERRORS: Readonly<Record<string, ErrorSentence>> = {
  'Error(string)': ['the contract refused: {reason}', 'check the arguments of the call and the state of the contract'],
  OwnableUnauthorizedAccount: ['{account} is not the owner of the contract', DEVNET_ROLES],
  OwnableInvalidOwner: ['{owner} cannot be an owner', 'give a real address'],
  AccessControlUnauthorizedAccount: ['{account} lacks the role {neededRole}', DEVNET_ROLES],
  AccessControlBadConfirmation: [
    'a role can only be given up by its holder',
    'call it as the account that has the role',
  ],
  EnforcedPause: ['the contract is paused', 'its admin resumes it with unpause()'],
  ExpectedPause: ['the contract is not paused', 'pause it first'],
  ReentrancyGuardReentrantCall: ['the contract was called back in the middle of a call', 'call it again afterwards'],
  InvalidInitialization: ['the contract is already initialised', 'initialisers run once, when the network is deployed'],
  NotInitializing: ['the function belongs to initialisation only', DEPLOYMENT],
  BeaconInvalidImplementation: ['{implementation} has no code to stand behind the beacon', DEPLOYMENT],
  ERC1967InvalidImplementation: ['{implementation} has no code to stand behind the proxy', DEPLOYMENT],
  ERC1967InvalidBeacon: ['{beacon} is no beacon', DEPLOYMENT],
  ERC1967NonPayable: ['the deployment takes no value', 'send none'],
  AddressEmptyCode: ['{target} has no code', 'check the address, and that the network is the one you mean'],
  FailedCall: ['a call inside the contract failed without saying why', 'trace the transaction to see which'],
  ECDSAInvalidSignature: ['the signature recovers to no address', SIGNATURE],
  ECDSAInvalidSignatureLength: ['the signature is {length} bytes long', SIGNATURE],
  ECDSAInvalidSignatureS: ['the signature has a high s value', SIGNATURE],
  InvalidShortString: ['a stored text is malformed', DEPLOYMENT],
  StringTooLong: ['a text is longer than 31 bytes: {str}', DEPLOYMENT],
  StringsInsufficientHexLength: ['{value} does not fit into {length} bytes of hex', 'this is a defect of the contract'],
}

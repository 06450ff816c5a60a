import type { ErrorSentence } from './error-sentence.ts'

const SHOW = 'see the agent with `0g agent show ID`'

/** AgentNFT and its verifiers. [0G agent spec §2; ERC-7857] */
export const AGENT_ERRORS: Readonly<Record<string, ErrorSentence>> = {
  ERC7857EmptyProof: [
    'the transfer came without proofs',
    'ask the oracle for one proof for each piece of data of the agent',
  ],
  ERC7857ProofCountMismatch: ['the number of proofs is not the number of data entries of the agent', SHOW],
  ERC7857DataHashMismatch: [
    'a proof is about other data than the agent has',
    'proofs must come in the order of the data',
  ],
  ERC7857AccessAssistantMismatch: [
    'the access proof is not signed by the receiver or its assistant',
    "sign it with the receiver's key",
  ],
  ERC7857WantedReceiverMismatch: [
    'the data was sealed for another receiver',
    "ask the oracle to seal it for the receiver's key",
  ],
  ERC7857TargetPubkeyMismatch: [
    'the data was sealed for another key than the receiver asked for',
    'use the key of the access proof',
  ],
  ERC7857InvalidAuthorizedUser: ['{user} cannot be authorised', 'give a real address'],
  ERC7857TooManyAuthorizedUsers: ['the agent has its most of 100 authorised users', 'revoke one first'],
  ERC7857AlreadyAuthorized: ['the user is already authorised', SHOW],
  ERC7857NotAuthorized: ['the user is not authorised', SHOW],
  NoUsersGiven: ['no user was given to authorise', 'name at least one address'],
  AddressRequired: ['the zero address cannot be the {what}', 'give a real address'],
  NoFeesHeld: ['no mint fees have been collected', 'withdraw after somebody has paid to mint'],
  FeesNotAccepted: [
    '{admin} did not accept the {amount} of collected fees',
    'make an account that takes payments the admin',
  ],
  ERC721NonexistentToken: ['there is no agent {tokenId}', 'list the agents with `0g agent ls`'],
  ERC721IncorrectOwner: ['agent {tokenId} belongs to {owner}, not to {sender}', 'act as its owner: --from'],
  ERC721InsufficientApproval: ['{operator} may not move agent {tokenId}', 'the owner approves it first'],
  ERC721InvalidReceiver: [
    '{receiver} cannot receive an agent',
    'give a real address; a contract must accept ERC-721 tokens',
  ],
  ERC721InvalidSender: ['{sender} does not own the agent', SHOW],
  ERC721InvalidOwner: ['{owner} cannot own an agent', 'give a real address'],
  ERC721InvalidOperator: ['{operator} cannot be an operator', 'give another address'],
  ERC721InvalidApprover: ['{approver} may not approve for this agent', 'the owner approves'],
}

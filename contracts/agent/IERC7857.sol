// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";

/// One piece of an agent: free text about it, and the commitment to its ciphertext (by convention its 0G Storage root).
struct IntelligentData {
    string dataDescription;
    bytes32 dataHash;
}

enum OracleType {
    TEE,
    ZKP
}

/// Made by the receiver (or the assistant it appointed): "seal the key of this data to targetPubkey".
/// An empty targetPubkey means the receiver's own Ethereum key.
struct AccessProof {
    bytes32 dataHash;
    bytes targetPubkey;
    bytes nonce;
    bytes proof;
}

/// Made by the oracle: "the key of this data was sealed to targetPubkey, giving sealedKey".
struct OwnershipProof {
    OracleType oracleType;
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes nonce;
    bytes proof;
}

struct TransferValidityProof {
    AccessProof accessProof;
    OwnershipProof ownershipProof;
}

/// What a verifier read out of one proof. wantedKey comes from the access proof, targetPubkey from the ownership proof.
struct TransferValidityProofOutput {
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes wantedKey;
    address accessAssistant;
    bytes accessProofNonce;
    bytes ownershipProofNonce;
}

/// ERC-165 id 0x4ca5fd69.
interface IERC7857DataVerifier {
    /// Checks the proofs and marks their nonces as used by the caller.
    function verifyTransferValidity(TransferValidityProof[] calldata proofs)
        external
        returns (TransferValidityProofOutput[] memory);
}

/// ERC-165 id 0x40fbd72f.
interface IERC7857Metadata is IERC721Metadata {
    function intelligentDatasOf(uint256 tokenId) external view returns (IntelligentData[] memory);
}

/// ERC-165 id 0x5762046c.
interface IERC7857 is IERC721, IERC7857Metadata {
    error ERC7857EmptyProof();
    error ERC7857ProofCountMismatch();
    error ERC7857DataHashMismatch();
    error ERC7857AccessAssistantMismatch();
    error ERC7857WantedReceiverMismatch();
    error ERC7857TargetPubkeyMismatch();

    event Updated(uint256 indexed _tokenId, IntelligentData[] _oldDatas, IntelligentData[] _newDatas);
    event PublishedSealedKey(address indexed _to, uint256 indexed _tokenId, bytes[] _sealedKeys);
    event DelegateAccess(address indexed _user, address indexed _assistant);
    event VerifierUpdated(address indexed oldVerifier, address indexed newVerifier);

    function verifier() external view returns (IERC7857DataVerifier);
    function iTransferFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs) external;
    function delegateAccess(address assistant) external;
    function getDelegateAccess(address user) external view returns (address);
}

/// ERC-165 id 0xc07038b7.
interface IERC7857Cloneable {
    event Cloned(uint256 indexed _tokenId, uint256 indexed _newTokenId, address _from, address _to);

    function iCloneFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        external
        returns (uint256);
}

/// ERC-165 id 0x2309ab96.
interface IERC7857Authorize {
    error ERC7857InvalidAuthorizedUser(address user);
    error ERC7857TooManyAuthorizedUsers();
    error ERC7857AlreadyAuthorized();
    error ERC7857NotAuthorized();

    event Authorization(address indexed _from, address indexed _to, uint256 indexed _tokenId);
    event AuthorizationRevoked(address indexed _from, address indexed _to, uint256 indexed _tokenId);

    function authorizeUsage(uint256 tokenId, address to) external;
    function revokeAuthorization(uint256 tokenId, address user) external;
    function authorizedUsersOf(uint256 tokenId) external view returns (address[] memory);
}

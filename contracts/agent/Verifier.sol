// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "./IERC7857.sol";
import {TEEVerifier} from "./TEEVerifier.sol";

struct AttestationConfig {
    OracleType oracleType;
    address contractAddress;
}

/// Spent nonces, in the plain slots 0 and 1 that deployed verifiers use, followed by a gap.
abstract contract ProofNonces {
    mapping(bytes32 nonceKey => bool) internal usedProofs;
    mapping(bytes32 nonceKey => uint256) internal proofTimestamps;
    uint256[50] private __gap;

    function _spend(bytes memory nonce) internal {
        // Access and ownership nonces share the mapping: one proof with equal nonces can never pass.
        bytes32 key = keccak256(abi.encode(nonce, msg.sender));
        require(!usedProofs[key], "Proof already used");
        usedProofs[key] = true;
        proofTimestamps[key] = block.timestamp;
    }

    function _forgetOlderThan(bytes32[] calldata nonceKeys, uint256 ageSeconds) internal {
        for (uint256 i = 0; i < nonceKeys.length; ++i) {
            bytes32 key = nonceKeys[i];
            if (usedProofs[key] && block.timestamp > proofTimestamps[key] + ageSeconds) {
                delete usedProofs[key];
                delete proofTimestamps[key];
            }
        }
    }
}

/// Checks transfer proofs: the receiver's access signature and the oracle's ownership signature (0G agent spec §2.3).
contract Verifier is ProofNonces, AccessControlUpgradeable, PausableUpgradeable, IERC7857DataVerifier {
    event AdminChanged(address indexed oldAdmin, address indexed newAdmin);
    event AttestationContractUpdated(AttestationConfig[] attestationConfigs);

    /// @custom:storage-location erc7201:0g.storage.Verifier
    struct VerifierStorage {
        mapping(OracleType oracleType => address) attestationContract;
        uint256 maxProofAge;
        address admin;
    }

    bytes32 public constant ADMIN_ROLE = keccak256("ADMIN_ROLE");
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");
    string public constant VERSION = "1.0.0";

    // The deployed literal, which is not what ERC-7201 derives from the namespace.
    bytes32 private constant VERIFIER_STORAGE = 0xbecdd708b48a40f3aa8e2248844b430477e64ef60f94c9d0bf26b790ba82a300;

    function _verifier() private pure returns (VerifierStorage storage $) {
        assembly {
            $.slot := VERIFIER_STORAGE
        }
    }

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function initialize(AttestationConfig[] calldata _attestationConfigs, address _admin) external initializer {
        require(_admin != address(0), "Invalid admin address");
        __AccessControl_init();
        __Pausable_init();
        _grantRole(DEFAULT_ADMIN_ROLE, _admin);
        _grantRole(ADMIN_ROLE, _admin);
        _grantRole(OPERATOR_ROLE, _admin);
        _verifier().admin = _admin;
        _verifier().maxProofAge = 7 days;
        _setAttestationContracts(_attestationConfigs);
    }

    function verifyTransferValidity(TransferValidityProof[] calldata proofs)
        public
        whenNotPaused
        returns (TransferValidityProofOutput[] memory outputs)
    {
        outputs = new TransferValidityProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AccessProof calldata access = proofs[i].accessProof;
            OwnershipProof calldata ownership = proofs[i].ownershipProof;
            require(access.dataHash == ownership.dataHash, "Invalid dataHash");
            address accessAssistant = ECDSA.recover(
                _textDigest(keccak256(abi.encodePacked(access.dataHash, access.targetPubkey, access.nonce))), access.proof
            );
            require(accessAssistant != address(0), "Invalid access assistant");
            require(_isOwnershipProven(ownership), "Invalid ownership proof");
            outputs[i] = TransferValidityProofOutput({
                dataHash: access.dataHash,
                sealedKey: ownership.sealedKey,
                targetPubkey: ownership.targetPubkey,
                wantedKey: access.targetPubkey,
                accessAssistant: accessAssistant,
                accessProofNonce: access.nonce,
                ownershipProofNonce: ownership.nonce
            });
            _spend(access.nonce);
            _spend(ownership.nonce);
        }
    }

    /// Only TEE signatures prove anything; the ZKP type exists in the interface but has no verifier.
    function _isOwnershipProven(OwnershipProof calldata ownership) private view returns (bool) {
        if (ownership.oracleType != OracleType.TEE) return false;
        bytes32 inner = keccak256(
            abi.encodePacked(ownership.dataHash, ownership.sealedKey, ownership.targetPubkey, ownership.nonce)
        );
        return TEEVerifier(_verifier().attestationContract[OracleType.TEE]).verifyTEESignature(
            _textDigest(inner), ownership.proof
        );
    }

    /// What a wallet signs for the text "0x…" of a hash (66 characters, lower case), not for its 32 bytes.
    function _textDigest(bytes32 inner) private pure returns (bytes32) {
        return keccak256(
            abi.encodePacked("\x19Ethereum Signed Message:\n66", Strings.toHexString(uint256(inner), 32))
        );
    }

    /// Open to everyone. A proof whose nonce is forgotten can be used again: maxProofAge frees space, it does not expire proofs.
    function cleanExpiredProofs(bytes32[] calldata proofNonces) external {
        _forgetOlderThan(proofNonces, _verifier().maxProofAge);
    }

    function updateAttestationContract(AttestationConfig[] calldata _attestationConfigs)
        external
        onlyRole(ADMIN_ROLE)
    {
        _setAttestationContracts(_attestationConfigs);
    }

    function _setAttestationContracts(AttestationConfig[] calldata configs) private {
        for (uint256 i = 0; i < configs.length; ++i) {
            _verifier().attestationContract[configs[i].oracleType] = configs[i].contractAddress;
        }
        emit AttestationContractUpdated(configs);
    }

    function updateMaxProofAge(uint256 _maxProofAge) external onlyRole(ADMIN_ROLE) {
        _verifier().maxProofAge = _maxProofAge;
    }

    function setAdmin(address newAdmin) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(newAdmin != address(0), "Invalid admin address");
        address oldAdmin = _verifier().admin;
        if (oldAdmin == newAdmin) return;
        _verifier().admin = newAdmin;
        _grantRole(DEFAULT_ADMIN_ROLE, newAdmin);
        _grantRole(ADMIN_ROLE, newAdmin);
        _grantRole(OPERATOR_ROLE, newAdmin);
        _revokeRole(DEFAULT_ADMIN_ROLE, oldAdmin);
        _revokeRole(ADMIN_ROLE, oldAdmin);
        _revokeRole(OPERATOR_ROLE, oldAdmin);
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function pause() external onlyRole(OPERATOR_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(OPERATOR_ROLE) {
        _unpause();
    }

    function admin() external view returns (address) {
        return _verifier().admin;
    }

    function maxProofAge() external view returns (uint256) {
        return _verifier().maxProofAge;
    }

    function attestationContract(OracleType oracleType) external view returns (address) {
        return _verifier().attestationContract[oracleType];
    }
}

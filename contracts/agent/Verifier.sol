// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Administered} from "./Administered.sol";
import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "./IERC7857.sol";
import {SpentNonces} from "./SpentNonces.sol";
import {TEEVerifier} from "./TEEVerifier.sol";
import {TransferProofs} from "./TransferProofs.sol";

struct AttestationConfig {
    OracleType oracleType;
    address contractAddress;
}

/// Checks transfer proofs: who asks for the data, that the oracle sealed its key, and that neither was used before.
/// It does not know tokens; what is proven is compared with the token by the contract that asked. (0G agent spec §2.3)
contract Verifier is SpentNonces, Administered, PausableUpgradeable, IERC7857DataVerifier {
    using TransferProofs for AccessProof;
    using TransferProofs for OwnershipProof;

    event AdminChanged(address indexed oldAdmin, address indexed newAdmin);
    event AttestationContractUpdated(AttestationConfig[] attestationConfigs);

    /// @custom:storage-location erc7201:0g.storage.Verifier
    struct VerifierStorage {
        mapping(OracleType oracleType => address) attestationContract;
        uint256 maxProofAge;
        address admin;
    }

    // The slot deployed contracts use. ERC-7201 would derive another one from the namespace.
    bytes32 private constant STATE = 0xbecdd708b48a40f3aa8e2248844b430477e64ef60f94c9d0bf26b790ba82a300;

    function initialize(AttestationConfig[] calldata _attestationConfigs, address _admin) external initializer {
        _appointAdmin(_admin);
        _state().maxProofAge = 7 days;
        _trust(_attestationConfigs);
    }

    function verifyTransferValidity(TransferValidityProof[] calldata proofs)
        external
        whenNotPaused
        returns (TransferValidityProofOutput[] memory)
    {
        TransferValidityProofOutput[] memory proven = new TransferValidityProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            proven[i] = _check(proofs[i].accessProof, proofs[i].ownershipProof);
        }
        return proven;
    }

    /// Open to everyone. This frees space; it does not expire proofs: one whose nonce is forgotten can be used again.
    function cleanExpiredProofs(bytes32[] calldata proofNonces) external {
        _forget(proofNonces, _state().maxProofAge);
    }

    function updateAttestationContract(AttestationConfig[] calldata _attestationConfigs) external onlyRole(ADMIN_ROLE) {
        _trust(_attestationConfigs);
    }

    function updateMaxProofAge(uint256 _maxProofAge) external onlyRole(ADMIN_ROLE) {
        _state().maxProofAge = _maxProofAge;
    }

    function admin() public view override returns (address) {
        return _state().admin;
    }

    function maxProofAge() external view returns (uint256) {
        return _state().maxProofAge;
    }

    function attestationContract(OracleType oracleType) external view returns (address) {
        return _state().attestationContract[oracleType];
    }

    function _storeAdmin(address newAdmin) internal override {
        _state().admin = newAdmin;
    }

    function _announceAdmin(address oldAdmin, address newAdmin) internal override {
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function _stop() internal override {
        _pause();
    }

    function _resume() internal override {
        _unpause();
    }

    function _check(AccessProof calldata access, OwnershipProof calldata ownership)
        private
        returns (TransferValidityProofOutput memory)
    {
        require(access.dataHash == ownership.dataHash, "Invalid dataHash");
        address signer = access.signerOf();
        require(_isAttested(ownership), "Invalid ownership proof");
        _spend(access.nonce);
        _spend(ownership.nonce);
        return TransferValidityProofOutput({
            dataHash: access.dataHash,
            sealedKey: ownership.sealedKey,
            targetPubkey: ownership.targetPubkey,
            wantedKey: access.targetPubkey,
            accessAssistant: signer,
            accessProofNonce: access.nonce,
            ownershipProofNonce: ownership.nonce
        });
    }

    /// Only a TEE can attest: zero-knowledge proofs are in the interface, but no network has a verifier for them.
    function _isAttested(OwnershipProof calldata ownership) private view returns (bool) {
        address tee = _state().attestationContract[OracleType.TEE];
        if (ownership.oracleType != OracleType.TEE || tee == address(0)) return false;
        return TEEVerifier(tee).verifyTEESignature(ownership.digestOf(), ownership.proof);
    }

    function _trust(AttestationConfig[] calldata configs) private {
        mapping(OracleType => address) storage trusted = _state().attestationContract;
        for (uint256 i = 0; i < configs.length; ++i) trusted[configs[i].oracleType] = configs[i].contractAddress;
        emit AttestationContractUpdated(configs);
    }

    function _state() private pure returns (VerifierStorage storage state) {
        assembly {
            state.slot := STATE
        }
    }
}

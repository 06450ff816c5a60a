// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {AgentRecords} from "./AgentRecords.sol";
import {
    IERC7857Cloneable,
    IERC7857DataVerifier,
    IntelligentData,
    TransferValidityProof,
    TransferValidityProofOutput
} from "./IERC7857.sol";
import {TransferProofs} from "./TransferProofs.sol";

/// Moves or copies an agent together with the means to read it: each data key arrives sealed to the receiver. The data itself
/// stays as it is, so a former owner who kept the keys can still read it. (0G agent spec §2.4)
abstract contract SealedTransfer is AgentRecords, IERC7857Cloneable {
    using TransferProofs for TransferValidityProofOutput;

    /// @custom:storage-location erc7201:0g.storage.ERC7857
    struct ERC7857Storage {
        mapping(address user => address) accessAssistants;
        IERC7857DataVerifier verifier;
    }

    bytes32 private constant STATE = 0xa2b40c657abdbf180a6038c081d3a0af6206dcea36f4558f991bf8c787ef3c00;

    /// Who may move the agent is asked last, by ERC-721: the proofs are spent before, and come back if that reverts.
    function iTransferFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs) external {
        bytes[] memory sealedKeys = _openFor(from, to, tokenId, proofs);
        safeTransferFrom(from, to, tokenId);
        emit PublishedSealedKey(to, tokenId, sealedKeys);
    }

    function iCloneFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        external
        returns (uint256 newTokenId)
    {
        _checkAuthorized(_ownerOf(tokenId), msg.sender, tokenId);
        bytes[] memory sealedKeys = _openFor(from, to, tokenId, proofs);
        newTokenId = _nextAgent();
        _mint(to, newTokenId);
        _record(newTokenId, _recordOf(tokenId));
        emit Cloned(tokenId, newTokenId, from, to);
        emit PublishedSealedKey(to, newTokenId, sealedKeys);
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), to, newTokenId, "");
    }

    /// Lets another address sign access proofs for the caller; the zero address ends that.
    function delegateAccess(address assistant) external {
        _state().accessAssistants[msg.sender] = assistant;
        emit DelegateAccess(msg.sender, assistant);
    }

    function getDelegateAccess(address user) public view returns (address) {
        return _state().accessAssistants[user];
    }

    function verifier() public view returns (IERC7857DataVerifier) {
        return _state().verifier;
    }

    function updateVerifier(address newVerifier) external onlyRole(OPERATOR_ROLE) {
        _trustVerifier(newVerifier);
    }

    function _trustVerifier(address newVerifier) internal {
        _needAddress(newVerifier, "verifier");
        ERC7857Storage storage state = _state();
        emit VerifierUpdated(address(state.verifier), newVerifier);
        state.verifier = IERC7857DataVerifier(newVerifier);
    }

    /// Has the proofs verified and holds each against the agent's record: same data, same order, sealed for the receiver.
    function _openFor(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        private
        returns (bytes[] memory sealedKeys)
    {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        if (_requireOwned(tokenId) != from) revert ERC721InvalidSender(from);
        if (proofs.length == 0) revert ERC7857EmptyProof();

        TransferValidityProofOutput[] memory proven = verifier().verifyTransferValidity(proofs);
        IntelligentData[] storage datas = _recordOf(tokenId);
        if (proven.length != datas.length) revert ERC7857ProofCountMismatch();

        address assistant = getDelegateAccess(to);
        sealedKeys = new bytes[](proven.length);
        for (uint256 i = 0; i < proven.length; ++i) {
            if (proven[i].dataHash != datas[i].dataHash) revert ERC7857DataHashMismatch();
            address signer = proven[i].accessAssistant;
            if (signer != to && signer != assistant) revert ERC7857AccessAssistantMismatch();
            _requireAddressee(proven[i].addresseeOf(to));
            sealedKeys[i] = proven[i].sealedKey;
        }
    }

    function _requireAddressee(TransferProofs.Addressee addressee) private pure {
        if (addressee == TransferProofs.Addressee.WrongAccount) revert ERC7857WantedReceiverMismatch();
        if (addressee == TransferProofs.Addressee.WrongKey) revert ERC7857TargetPubkeyMismatch();
    }

    function _state() private pure returns (ERC7857Storage storage state) {
        assembly {
            state.slot := STATE
        }
    }
}

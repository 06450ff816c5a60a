// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {
    IERC7857,
    IERC7857Cloneable,
    IERC7857DataVerifier,
    IntelligentData,
    TransferValidityProof,
    TransferValidityProofOutput
} from "./IERC7857.sol";

/// Data, transfer with re-sealed keys, and clone of the agent NFT (0G agent spec §2.4). The data of a token never changes
/// on transfer: only its key is sealed again, to the receiver.
abstract contract ERC7857Upgradeable is ERC721Upgradeable, IERC7857, IERC7857Cloneable {
    /// @custom:storage-location erc7201:0g.storage.ERC7857
    struct ERC7857Storage {
        mapping(address user => address) accessAssistants;
        IERC7857DataVerifier verifier;
    }

    /// @custom:storage-location erc7201:0g.storage.ERC7857Cloneable
    struct ERC7857CloneableStorage {
        uint256 nextTokenId;
    }

    /// @custom:storage-location erc7201:0g.storage.ERC7857IDataStorage
    struct ERC7857IDataStorage {
        mapping(uint256 tokenId => IntelligentData[]) datas;
    }

    bytes32 private constant ERC7857_STORAGE = 0xa2b40c657abdbf180a6038c081d3a0af6206dcea36f4558f991bf8c787ef3c00;
    bytes32 private constant CLONEABLE_STORAGE = 0x03de6cf14ecf4575e0ed0cc2fdb9b7ee13500cb3c0c403254fc893bf6e0c8000;
    bytes32 private constant IDATA_STORAGE = 0xcee27158032fdbe7e1246476ff878669b520bc82ee1a949d22135b88cc5f5b00;

    function _erc7857() private pure returns (ERC7857Storage storage $) {
        assembly {
            $.slot := ERC7857_STORAGE
        }
    }

    function _cloneable() private pure returns (ERC7857CloneableStorage storage $) {
        assembly {
            $.slot := CLONEABLE_STORAGE
        }
    }

    function _iData() private pure returns (ERC7857IDataStorage storage $) {
        assembly {
            $.slot := IDATA_STORAGE
        }
    }

    function __ERC7857_init(string memory name_, string memory symbol_, address verifier_) internal onlyInitializing {
        __ERC721_init(name_, symbol_);
        _setVerifier(verifier_);
    }

    /// Answers the ids the real contract answers: neither the metadata, authorise nor clone ids, although all are implemented.
    function supportsInterface(bytes4 interfaceId)
        public
        view
        virtual
        override(ERC721Upgradeable, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC7857).interfaceId || super.supportsInterface(interfaceId);
    }

    function verifier() public view returns (IERC7857DataVerifier) {
        return _erc7857().verifier;
    }

    function intelligentDatasOf(uint256 tokenId) public view returns (IntelligentData[] memory) {
        _requireOwned(tokenId);
        return _iData().datas[tokenId];
    }

    function delegateAccess(address assistant) public {
        _erc7857().accessAssistants[msg.sender] = assistant;
        emit DelegateAccess(msg.sender, assistant);
    }

    function getDelegateAccess(address user) public view returns (address) {
        return _erc7857().accessAssistants[user];
    }

    /// The proofs are checked, and their nonces spent, before the caller's right to move the token is.
    function iTransferFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs) public {
        bytes[] memory sealedKeys = _checkProofs(from, to, tokenId, proofs);
        safeTransferFrom(from, to, tokenId);
        emit PublishedSealedKey(to, tokenId, sealedKeys);
    }

    function iCloneFrom(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        public
        returns (uint256 newTokenId)
    {
        _checkAuthorized(_ownerOf(tokenId), msg.sender, tokenId);
        bytes[] memory sealedKeys = _checkProofs(from, to, tokenId, proofs);

        newTokenId = _takeTokenId();
        _safeMint(to, newTokenId);
        _updateData(newTokenId, _iData().datas[tokenId]);
        emit Cloned(tokenId, newTokenId, from, to);
        emit PublishedSealedKey(to, newTokenId, sealedKeys);
    }

    function _checkProofs(address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        private
        returns (bytes[] memory sealedKeys)
    {
        if (to == address(0)) revert ERC721InvalidReceiver(address(0));
        if (_requireOwned(tokenId) != from) revert ERC721InvalidSender(from);
        if (proofs.length == 0) revert ERC7857EmptyProof();

        ERC7857Storage storage $ = _erc7857();
        IntelligentData[] storage datas = _iData().datas[tokenId];
        TransferValidityProofOutput[] memory outputs = $.verifier.verifyTransferValidity(proofs);
        if (outputs.length != datas.length) revert ERC7857ProofCountMismatch();

        address assistant = $.accessAssistants[to];
        sealedKeys = new bytes[](outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            TransferValidityProofOutput memory output = outputs[i];
            if (output.dataHash != datas[i].dataHash) revert ERC7857DataHashMismatch();
            if (output.accessAssistant != to && output.accessAssistant != assistant) {
                revert ERC7857AccessAssistantMismatch();
            }
            if (output.wantedKey.length == 0) {
                if (_addressOf(output.targetPubkey) != to) revert ERC7857WantedReceiverMismatch();
            } else if (keccak256(output.wantedKey) != keccak256(output.targetPubkey)) {
                revert ERC7857TargetPubkeyMismatch();
            }
            sealedKeys[i] = output.sealedKey;
        }
    }

    /// Address of an uncompressed secp256k1 key given as x‖y without the 0x04 prefix.
    function _addressOf(bytes memory publicKey) private pure returns (address) {
        require(publicKey.length == 64, "Invalid public key length");
        return address(uint160(uint256(keccak256(publicKey))));
    }

    function _setVerifier(address newVerifier) internal {
        ERC7857Storage storage $ = _erc7857();
        emit VerifierUpdated(address($.verifier), newVerifier);
        $.verifier = IERC7857DataVerifier(newVerifier);
    }

    /// Token ids count from 0, shared by mint and clone.
    function _takeTokenId() internal returns (uint256) {
        return _cloneable().nextTokenId++;
    }

    function _datasOf(uint256 tokenId) internal view returns (IntelligentData[] storage) {
        return _iData().datas[tokenId];
    }

    function _updateData(uint256 tokenId, IntelligentData[] memory newDatas) internal {
        IntelligentData[] storage datas = _iData().datas[tokenId];
        IntelligentData[] memory oldDatas = datas;
        while (datas.length > 0) datas.pop();
        for (uint256 i = 0; i < newDatas.length; ++i) datas.push(newDatas[i]);
        emit Updated(tokenId, oldDatas, newDatas);
    }
}

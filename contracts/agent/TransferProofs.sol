// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {AccessProof, OwnershipProof, TransferValidityProofOutput} from "./IERC7857.sol";

/// The bytes that the two halves of a transfer proof sign, and whom a sealed key is for. (0G agent spec §2.3, §2.4)
/// The packing of neighbouring fields of any length is the network's: changing it here would refuse every real proof.
library TransferProofs {
    using Strings for uint256;

    enum Addressee {
        Right,
        WrongAccount,
        WrongKey
    }

    /// Who signed the access half. A malformed signature reverts; it never yields the zero address.
    function signerOf(AccessProof calldata access) internal pure returns (address) {
        bytes32 statement = keccak256(bytes.concat(access.dataHash, access.targetPubkey, access.nonce));
        return ECDSA.recoverCalldata(_asSignedText(statement), access.proof);
    }

    /// What the oracle signs for the ownership half.
    function digestOf(OwnershipProof calldata ownership) internal pure returns (bytes32) {
        bytes memory statement =
            bytes.concat(ownership.dataHash, ownership.sealedKey, ownership.targetPubkey, ownership.nonce);
        return _asSignedText(keccak256(statement));
    }

    /// The key must be sealed to the one the receiver asked for, or, if it asked for none, to the receiver's own account.
    function addresseeOf(TransferValidityProofOutput memory proven, address receiver) internal pure returns (Addressee) {
        if (proven.wantedKey.length > 0) {
            bool isWanted = keccak256(proven.wantedKey) == keccak256(proven.targetPubkey);
            return isWanted ? Addressee.Right : Addressee.WrongKey;
        }
        return _accountOf(proven.targetPubkey) == receiver ? Addressee.Right : Addressee.WrongAccount;
    }

    /// Wallets sign text. So what is signed is the 66 characters "0x…" in lower case of a hash, not its 32 bytes. (EIP-191)
    function _asSignedText(bytes32 statement) private pure returns (bytes32) {
        return MessageHashUtils.toEthSignedMessageHash(bytes(uint256(statement).toHexString(32)));
    }

    /// Account of an uncompressed secp256k1 key, given as its two coordinates without the leading 0x04.
    function _accountOf(bytes memory publicKey) private pure returns (address) {
        require(publicKey.length == 64, "Invalid public key length");
        return address(uint160(uint256(keccak256(publicKey))));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

interface IERC1271Signer {
    function isValidSignature(bytes32 hash, bytes memory signature) external view returns (bytes4);
}

/// @title The typed data of Permit2 and the check of its signatures [EIP-712, EIP-1271, EIP-2098]
abstract contract Permit2Signatures {
    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    struct PermitBatch {
        PermitDetails[] details;
        address spender;
        uint256 sigDeadline;
    }

    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct PermitBatchTransferFrom {
        TokenPermissions[] permitted;
        uint256 nonce;
        uint256 deadline;
    }

    bytes32 private constant DOMAIN = keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    string private constant DETAILS_TYPE = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
    string private constant PERMISSIONS_TYPE = "TokenPermissions(address token,uint256 amount)";
    bytes32 private constant DETAILS = keccak256(bytes(DETAILS_TYPE));
    bytes32 private constant PERMISSIONS = keccak256(bytes(PERMISSIONS_TYPE));
    string private constant SINGLE_HEAD = "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)";
    string private constant BATCH_HEAD = "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)";
    string private constant TRANSFER_HEAD =
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)";
    string private constant TRANSFERS_HEAD =
        "PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)";
    string private constant WITNESS_HEAD =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";
    string private constant WITNESSES_HEAD =
        "PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline,";

    error InvalidSignatureLength();
    error InvalidSignature();
    error InvalidSigner();
    error InvalidContractSignature();

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256("Permit2"), block.chainid, address(this)));
    }

    function _hashSingle(PermitSingle memory permit) internal pure returns (bytes32) {
        bytes32 kind = keccak256(abi.encodePacked(SINGLE_HEAD, DETAILS_TYPE));
        return keccak256(abi.encode(kind, _hashDetails(permit.details), permit.spender, permit.sigDeadline));
    }

    function _hashBatch(PermitBatch memory permit) internal pure returns (bytes32) {
        bytes32[] memory details = new bytes32[](permit.details.length);
        for (uint256 i = 0; i < details.length; i++) details[i] = _hashDetails(permit.details[i]);
        bytes32 kind = keccak256(abi.encodePacked(BATCH_HEAD, DETAILS_TYPE));
        bytes32 list = keccak256(abi.encodePacked(details));
        return keccak256(abi.encode(kind, list, permit.spender, permit.sigDeadline));
    }

    function _hashTransfer(PermitTransferFrom memory permit) internal view returns (bytes32) {
        bytes32 kind = keccak256(abi.encodePacked(TRANSFER_HEAD, PERMISSIONS_TYPE));
        bytes32 permitted = _hashPermissions(permit.permitted);
        return keccak256(abi.encode(kind, permitted, msg.sender, permit.nonce, permit.deadline));
    }

    function _hashTransferWithWitness(
        PermitTransferFrom memory permit,
        bytes32 witness,
        string calldata witnessTypeString
    ) internal view returns (bytes32) {
        bytes32 kind = keccak256(abi.encodePacked(WITNESS_HEAD, witnessTypeString));
        bytes32 permitted = _hashPermissions(permit.permitted);
        return keccak256(abi.encode(kind, permitted, msg.sender, permit.nonce, permit.deadline, witness));
    }

    function _hashTransfers(PermitBatchTransferFrom memory permit) internal view returns (bytes32) {
        bytes32 kind = keccak256(abi.encodePacked(TRANSFERS_HEAD, PERMISSIONS_TYPE));
        bytes32 list = _hashPermissionList(permit.permitted);
        return keccak256(abi.encode(kind, list, msg.sender, permit.nonce, permit.deadline));
    }

    function _hashTransfersWithWitness(
        PermitBatchTransferFrom memory permit,
        bytes32 witness,
        string calldata witnessTypeString
    ) internal view returns (bytes32) {
        bytes32 kind = keccak256(abi.encodePacked(WITNESSES_HEAD, witnessTypeString));
        bytes32 list = _hashPermissionList(permit.permitted);
        return keccak256(abi.encode(kind, list, msg.sender, permit.nonce, permit.deadline, witness));
    }

    /// @dev A contract decides by EIP-1271; a plain account signs with 65 bytes, or 64 in the compact form.
    function _verify(bytes calldata signature, bytes32 structHash, address signer) internal view {
        bytes32 hash = keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR(), structHash));
        if (signer.code.length > 0) {
            bytes4 magic = IERC1271Signer(signer).isValidSignature(hash, signature);
            if (magic != IERC1271Signer.isValidSignature.selector) revert InvalidContractSignature();
            return;
        }
        address recovered = _recover(signature, hash);
        if (recovered == address(0)) revert InvalidSignature();
        if (recovered != signer) revert InvalidSigner();
    }

    function _recover(bytes calldata signature, bytes32 hash) private pure returns (address) {
        if (signature.length != 64 && signature.length != 65) revert InvalidSignatureLength();
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        if (signature.length == 65) return ecrecover(hash, uint8(signature[64]), r, s);
        return ecrecover(hash, uint8(uint256(s) >> 255) + 27, r, s & bytes32(uint256(type(int256).max)));
    }

    function _hashDetails(PermitDetails memory details) private pure returns (bytes32) {
        return keccak256(abi.encode(DETAILS, details));
    }

    function _hashPermissions(TokenPermissions memory permitted) private pure returns (bytes32) {
        return keccak256(abi.encode(PERMISSIONS, permitted));
    }

    function _hashPermissionList(TokenPermissions[] memory list) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](list.length);
        for (uint256 i = 0; i < hashes.length; i++) hashes[i] = _hashPermissions(list[i]);
        return keccak256(abi.encodePacked(hashes));
    }
}

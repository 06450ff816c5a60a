// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Remembers which nonces a caller has spent. Deployed verifiers keep this in plain slots 0 and 1 followed by a gap of 50,
/// so this must stay the first base with state.
abstract contract SpentNonces {
    mapping(bytes32 key => bool) private isSpent;
    mapping(bytes32 key => uint256 timestamp) private spentAt;
    uint256[50] private __gap;

    /// Both halves of a proof spend from one mapping: two equal nonces can never pass.
    function _spend(bytes calldata nonce) internal {
        bytes32 key = keccak256(abi.encode(nonce, msg.sender));
        require(!isSpent[key], "Proof already used");
        isSpent[key] = true;
        spentAt[key] = block.timestamp;
    }

    function _forget(bytes32[] calldata keys, uint256 olderThanSeconds) internal {
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes32 key = keys[i];
            if (!isSpent[key] || block.timestamp <= spentAt[key] + olderThanSeconds) continue;
            delete isSpent[key];
            delete spentAt[key];
        }
    }
}

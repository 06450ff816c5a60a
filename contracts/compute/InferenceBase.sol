// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {InferenceDeclarations, InferenceStorage} from "./InferenceTypes.sol";

/// @title Storage and guards the parts of the marketplace share
abstract contract InferenceBase is InferenceDeclarations {
    /// @dev ERC-7201 root, the same as in the deployed networks' contract
    bytes32 private constant ROOT = 0xdfd123095cdedb1cecbc229b30f7cf8745fb3d3951645ac4a8fa4c0895f89500;

    modifier onlyLedger() {
        if (msg.sender != _inferenceStorage().ledgerAddress) revert CallerNotLedger(msg.sender);
        _;
    }

    function _inferenceStorage() internal pure returns (InferenceStorage storage $) {
        assembly {
            $.slot := ROOT
        }
    }

    function _send(address to, uint256 amount) internal {
        (bool success,) = to.call{value: amount}("");
        if (!success) revert TransferFailed();
    }
}

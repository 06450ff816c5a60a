// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AgentProfile} from "./AgentProfile.sol";

/// What minting an agent costs those who are not minters by role, and where that money goes.
abstract contract MintFee is AgentProfile {
    event MintFeeUpdated(uint256 oldFee, uint256 newFee);

    error NoFeesHeld();
    error FeesNotAccepted(address admin, uint256 amount);

    /// Asks for the fee before anything happens; gives back what was sent beyond it when all is done.
    modifier chargingMintFee() {
        uint256 fee = _profile().mintFee;
        require(msg.value >= fee, "Insufficient mint fee");
        _;
        if (msg.value > fee) require(_pay(msg.sender, msg.value - fee), "Refund failed");
    }

    function getMintFee() external view returns (uint256) {
        return _profile().mintFee;
    }

    function setMintFee(uint256 newMintFee) external onlyRole(ADMIN_ROLE) {
        emit MintFeeUpdated(_profile().mintFee, newMintFee);
        _profile().mintFee = newMintFee;
    }

    /// Any holder of the admin role may call this; the money goes to the named admin.
    function withdrawFees() external onlyRole(ADMIN_ROLE) {
        uint256 held = address(this).balance;
        if (held == 0) revert NoFeesHeld();
        if (!_pay(admin(), held)) revert FeesNotAccepted(admin(), held);
    }

    function _pay(address to, uint256 amount) private returns (bool accepted) {
        (accepted,) = to.call{value: amount}("");
    }
}

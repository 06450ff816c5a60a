// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Staking} from "./Staking.sol";

/// @title The one validator of a devnet: what can be read of it
/// @notice Simulated: account #0 has delegated the minimum of 32 0G to it, and that never changes.
contract SimulatedValidator {
    address private constant DELEGATOR = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;

    function tokens() external view returns (uint256) {
        return address(this).balance;
    }

    function delegatorShares() external pure returns (uint256) {
        return 32 ether;
    }

    function getDelegation(address delegator) external pure returns (address, uint256) {
        return (delegator, delegator == DELEGATOR ? 32 ether : 0);
    }

    /// @notice In millionths: five percent.
    function commissionRate() external pure returns (uint32) {
        return 50_000;
    }

    function withdrawalFeeInGwei() external pure returns (uint96) {
        return 1;
    }

    function delegate(address) external payable returns (uint256) {
        revert Staking.StakingSimulated();
    }

    function undelegate(address, uint256) external payable returns (uint256) {
        revert Staking.StakingSimulated();
    }

    function withdrawCommission(address) external pure returns (uint256) {
        revert Staking.StakingSimulated();
    }
}

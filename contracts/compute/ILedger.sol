// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What service contracts ask of the ledger
interface ILedger {
    /// @notice Books `amount` of the user's locked funds as spent. Registered services only.
    function spendFund(address user, uint256 amount) external;

    /// @notice Adds the value sent to `recipient`'s ledger.
    function depositFundFor(address recipient) external payable;
}

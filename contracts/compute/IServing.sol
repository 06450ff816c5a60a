// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the ledger asks of a service contract (ERC-165 id 0x160841b1)
interface IServing {
    /// @notice Whether `user` has a sub-account with `provider`.
    function accountExists(address user, address provider) external view returns (bool);

    /// @notice Amount of the sub-account that is on its way back to the user, in wei.
    function getPendingRefund(address user, address provider) external view returns (uint256);

    /// @notice Opens a sub-account funded with the value sent. Ledger only.
    function addAccount(address user, address provider, string memory additionalInfo) external payable;

    /// @notice Adds the value sent to a sub-account, after taking back `cancelRetrievingAmount` of its pending refunds. Ledger only.
    function depositFund(address user, address provider, uint256 cancelRetrievingAmount) external payable;

    /// @notice Puts everything not yet pending on its way back. Ledger only.
    function requestRefundAll(address user, address provider) external;

    /// @notice Sends what has matured to the ledger. Ledger only.
    function processRefund(address user, address provider)
        external
        returns (uint256 totalAmount, uint256 balance, uint256 pendingRefund);

    /// @notice Closes a sub-account; its nonce and token generation live on. Ledger only.
    function deleteAccount(address user, address provider) external;
}

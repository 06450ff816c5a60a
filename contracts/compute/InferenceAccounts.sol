// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Account, AccountMap, InferenceDeclarations, Refund} from "./InferenceTypes.sol";

/// @title Sub-accounts: opening, funding, refunds, fees, closing
/// @dev Moves numbers only; the caller moves the value and emits the events.
library InferenceAccounts {
    using EnumerableSet for EnumerableSet.Bytes32Set;

    /// Refunds that may be pending at once.
    uint256 internal constant MAX_REFUNDS = 5;

    function keyOf(address user, address provider) internal pure returns (bytes32) {
        return keccak256(abi.encode(user, provider));
    }

    function exists(AccountMap storage self, address user, address provider) internal view returns (bool) {
        return self.keys.contains(keyOf(user, provider));
    }

    function existing(AccountMap storage self, address user, address provider)
        internal
        view
        returns (Account storage)
    {
        bytes32 key = keyOf(user, provider);
        if (!self.keys.contains(key)) revert InferenceDeclarations.AccountNotExists(user, provider);
        return self.values[key];
    }

    /// @dev Nonce and generation of a sub-account that was closed before live on, so old settlements and tokens stay dead.
    function open(AccountMap storage self, address user, address provider, uint256 amount, string memory info)
        internal
    {
        bytes32 key = keyOf(user, provider);
        if (self.keys.contains(key)) revert InferenceDeclarations.AccountExists(user, provider);
        Account storage account = self.values[key];
        account.user = user;
        account.provider = provider;
        account.balance = amount;
        account.additionalInfo = info;
        account.acknowledged = true;
        self.keys.add(key);
        self.byProvider[provider].add(key);
        self.byUser[user].add(key);
    }

    /// @return balance what the sub-account still held
    function close(AccountMap storage self, address user, address provider) internal returns (uint256 balance) {
        bytes32 key = keyOf(user, provider);
        Account storage account = self.values[key];
        balance = account.balance;
        account.balance = 0;
        account.pendingRefund = 0;
        account.acknowledged = false;
        account.validRefundsLength = 0;
        account.revokedBitmap = 0;
        delete account.refunds;
        delete account.additionalInfo;
        self.keys.remove(key);
        self.byProvider[provider].remove(key);
        self.byUser[user].remove(key);
    }

    /// @dev Adds `amount` after taking back `cancelled` of the pending refunds, newest first.
    function deposit(Account storage account, uint256 amount, uint256 cancelled) internal {
        account.pendingRefund -= takeFromRefunds(account, cancelled);
        account.balance += amount;
        if (!account.acknowledged) account.acknowledged = true;
    }

    /// @dev Puts all that is not pending yet into a new refund.
    function requestRefund(Account storage account) internal {
        uint256 amount = account.balance - account.pendingRefund;
        if (amount == 0) return;
        uint256 length = account.validRefundsLength;
        if (length >= MAX_REFUNDS) {
            revert InferenceDeclarations.TooManyRefunds(account.user, account.provider);
        }
        Refund memory refund = Refund(length, amount, block.timestamp, false);
        // Slots beyond the valid range are leftovers; the array itself never shrinks.
        if (length < account.refunds.length) account.refunds[length] = refund;
        else account.refunds.push(refund);
        account.validRefundsLength = length + 1;
        account.pendingRefund += amount;
    }

    /// @dev Takes matured refunds out of the balance and moves the others to the front.
    function processRefunds(Account storage account, uint256 lockTime) internal returns (uint256 matured) {
        uint256 length = account.validRefundsLength;
        uint256 kept;
        uint256 pending;
        for (uint256 i; i < length; ++i) {
            Refund memory refund = account.refunds[i];
            if (block.timestamp >= refund.createdAt + lockTime) {
                matured += refund.amount;
                continue;
            }
            pending += refund.amount;
            if (kept != i) {
                refund.index = kept;
                account.refunds[kept] = refund;
            }
            ++kept;
        }
        account.validRefundsLength = kept;
        account.pendingRefund = pending;
        account.balance -= matured;
    }

    /// @dev Takes a fee out of the balance: first what is not pending, then pending refunds, newest first.
    function pay(Account storage account, uint256 fee) internal {
        uint256 free = account.balance - account.pendingRefund;
        if (fee > free) account.pendingRefund -= takeFromRefunds(account, fee - free);
        account.balance -= fee;
    }

    /// @return taken how much of `wanted` the pending refunds covered
    function takeFromRefunds(Account storage account, uint256 wanted) private returns (uint256 taken) {
        uint256 length = account.validRefundsLength;
        while (length > 0 && taken < wanted) {
            Refund storage newest = account.refunds[length - 1];
            uint256 left = wanted - taken;
            if (newest.amount > left) {
                newest.amount -= left;
                taken = wanted;
            } else {
                taken += newest.amount;
                newest.amount = 0;
                --length;
            }
        }
        account.validRefundsLength = length;
    }
}

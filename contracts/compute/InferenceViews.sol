// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {InferenceAccounts} from "./InferenceAccounts.sol";
import {InferenceBase} from "./InferenceBase.sol";
import {InferenceServices} from "./InferenceServices.sol";
import {Account, AccountMap, Service, ServiceMap} from "./InferenceTypes.sol";
import {IServing} from "./IServing.sol";
import {Pagination} from "./Pagination.sol";

/// @title What can be read of the marketplace
abstract contract InferenceViews is IServing, InferenceBase {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.Bytes32Set;
    using InferenceAccounts for AccountMap;
    using InferenceServices for ServiceMap;

    uint256 private constant MAX_PAGE = 50;
    uint256 private constant MAX_BATCH = 500;

    /// @notice Seconds until a requested refund can be taken out.
    function lockTime() external view returns (uint256) {
        return _inferenceStorage().lockTime;
    }

    function ledgerAddress() external view returns (address) {
        return _inferenceStorage().ledgerAddress;
    }

    /// @inheritdoc IServing
    function accountExists(address user, address provider) external view returns (bool) {
        return _inferenceStorage().accounts.exists(user, provider);
    }

    /// @inheritdoc IServing
    function getPendingRefund(address user, address provider) external view returns (uint256) {
        return _inferenceStorage().accounts.existing(user, provider).pendingRefund;
    }

    function getAccount(address user, address provider) external view returns (Account memory) {
        return _inferenceStorage().accounts.existing(user, provider);
    }

    /// @notice A page of all sub-accounts; 50 when `limit` is 0.
    function getAllAccounts(uint256 offset, uint256 limit)
        external
        view
        returns (Account[] memory accounts, uint256 total)
    {
        return _page(_inferenceStorage().accounts.keys, offset, limit);
    }

    /// @notice A page of the sub-accounts with a provider.
    function getAccountsByProvider(address provider, uint256 offset, uint256 limit)
        external
        view
        returns (Account[] memory accounts, uint256 total)
    {
        return _page(_inferenceStorage().accounts.byProvider[provider], offset, limit);
    }

    /// @notice A page of a user's sub-accounts.
    function getAccountsByUser(address user, uint256 offset, uint256 limit)
        external
        view
        returns (Account[] memory accounts, uint256 total)
    {
        return _page(_inferenceStorage().accounts.byUser[user], offset, limit);
    }

    /// @notice Sub-accounts of several users with the caller as provider; empty ones where there is none.
    function getBatchAccountsByUsers(address[] calldata users) external view returns (Account[] memory accounts) {
        if (users.length > MAX_BATCH) revert BatchSizeTooLarge(users.length, MAX_BATCH);
        AccountMap storage map = _inferenceStorage().accounts;
        accounts = new Account[](users.length);
        for (uint256 i; i < users.length; ++i) {
            if (map.exists(users[i], msg.sender)) accounts[i] = map.existing(users[i], msg.sender);
        }
    }

    function serviceExists(address provider) external view returns (bool) {
        return _inferenceStorage().services.exists(provider);
    }

    function getService(address provider) external view returns (Service memory service) {
        return _inferenceStorage().services.existing(provider);
    }

    /// @notice A page of all services; 50 when `limit` is 0.
    function getAllServices(uint256 offset, uint256 limit)
        external
        view
        returns (Service[] memory services, uint256 total)
    {
        ServiceMap storage map = _inferenceStorage().services;
        total = map.providers.length();
        (uint256 start, uint256 count) = _bounds(total, offset, limit);
        services = new Service[](count);
        for (uint256 i; i < count; ++i) {
            services[i] = map.values[map.providers.at(start + i)];
        }
    }

    /// @notice Whether one of the user's session tokens was revoked.
    function isTokenRevoked(address user, address provider, uint8 tokenId) external view returns (bool) {
        Account storage account = _inferenceStorage().accounts.existing(user, provider);
        return (account.revokedBitmap >> tokenId) & 1 == 1;
    }

    function _page(EnumerableSet.Bytes32Set storage keys, uint256 offset, uint256 limit)
        private
        view
        returns (Account[] memory accounts, uint256 total)
    {
        total = keys.length();
        (uint256 start, uint256 count) = _bounds(total, offset, limit);
        accounts = new Account[](count);
        AccountMap storage map = _inferenceStorage().accounts;
        for (uint256 i; i < count; ++i) {
            accounts[i] = map.values[keys.at(start + i)];
        }
    }

    function _bounds(uint256 total, uint256 offset, uint256 limit)
        private
        pure
        returns (uint256 start, uint256 count)
    {
        if (limit > MAX_PAGE) revert LimitTooLarge(limit, MAX_PAGE);
        return Pagination.page(total, offset, limit);
    }
}

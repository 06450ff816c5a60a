// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

/// @notice A user's funds. totalBalance - availableBalance is locked in sub-accounts of services.
struct Ledger {
    address user;
    uint256 availableBalance;
    uint256 totalBalance;
    string additionalInfo;
}

/// @notice A service contract users can move funds to, named `serviceType-version`.
struct ServiceInfo {
    address serviceAddress;
    address serviceContract;
    string serviceType;
    string version;
    string fullName;
    string description;
    bool isRecommended;
    uint256 registeredAt;
}

/// @dev Everything the ledger remembers, at its ERC-7201 root.
struct LedgerStorage {
    EnumerableSet.AddressSet users;
    mapping(address user => Ledger) ledgers;
    /// providers a user has opened sub-accounts with, by service contract
    mapping(address user => mapping(address service => EnumerableSet.AddressSet)) providers;
    EnumerableSet.AddressSet services;
    mapping(address service => ServiceInfo) infos;
    mapping(bytes32 nameHash => address service) byName;
    mapping(bytes32 typeHash => address service) recommended;
    mapping(address user => bool) locked;
}

/// @notice Errors and events of the ledger.
interface LedgerDeclarations {
    error AdditionalInfoTooLong(uint256 length, uint256 max);
    error CallFailed();
    error CallerNotRegisteredService(address caller);
    error DirectDepositsDisabled();
    error InsufficientAvailableBalance(uint256 available, uint256 required);
    error InsufficientBalance(address user);
    error InvalidServiceAddress(address serviceAddress);
    error InvalidServiceType(string serviceType);
    error LedgerExists(address user);
    error LedgerLocked();
    error LedgerNotExists(address user);
    error MinimumDepositRequired(uint256 provided, uint256 required);
    error MustWithdrawAllFundsFirst(uint256 remainingBalance);
    error NoRecommendedService(string serviceType);
    error ServiceAlreadyRegistered(address serviceAddress);
    error ServiceMustImplementIServing(address serviceAddress);
    error ServiceNameExists(string serviceName);
    error ServiceNotFound(address serviceAddress);
    error ServiceNotRegistered(address serviceAddress);
    error ServiceRegistryLimitReached(uint256 limit);
    error ServiceTypeRequired();
    error TooManyProviders(uint256 requested, uint256 maximum);
    error TooManyProvidersForService(uint256 current, uint256 maximum);
    error TransferFailed();
    error VersionRequired();
    error ZeroAddressNotAllowed();
    error ZeroAmountNotAllowed();

    event FundSpent(address indexed user, address indexed service, uint256 amount);
    event LedgerInfoUpdated(address indexed user, string additionalInfo);
    event RecommendedServiceUpdated(string serviceType, string version, address serviceAddress);
    event ServiceRegistered(address indexed serviceAddress, string serviceName);
}

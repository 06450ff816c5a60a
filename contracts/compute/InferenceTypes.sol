// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

/// @notice One request to get funds back. Of an account's array only the first `validRefundsLength` entries count.
struct Refund {
    uint256 index;
    uint256 amount;
    uint256 createdAt;
    bool processed;
}

/// @notice A user's sub-account with one provider. `balance` includes what is pending as refund.
struct Account {
    address user;
    address provider;
    uint256 nonce;
    uint256 balance;
    uint256 pendingRefund;
    Refund[] refunds;
    string additionalInfo;
    bool acknowledged;
    uint256 validRefundsLength;
    uint256 generation;
    uint256 revokedBitmap;
}

/// @notice What a provider offers. Prices are in wei per token.
struct Service {
    address provider;
    string serviceType;
    string url;
    uint256 inputPrice;
    uint256 outputPrice;
    uint256 updatedAt;
    string model;
    string verifiability;
    string additionalInfo;
    address teeSignerAddress;
    bool teeSignerAcknowledged;
}

/// @notice What a provider submits of its service.
struct ServiceParams {
    string serviceType;
    string url;
    string model;
    string verifiability;
    uint256 inputPrice;
    uint256 outputPrice;
    string additionalInfo;
    address teeSignerAddress;
}

/// @notice Fees of one user up to `nonce`, signed by the provider's TEE signer.
struct TEESettlementData {
    address user;
    address provider;
    uint256 totalFee;
    bytes32 requestsHash;
    uint256 nonce;
    bytes signature;
}

/// @notice How the settlement of one item ended.
enum SettlementStatus {
    SUCCESS,
    PARTIAL,
    PROVIDER_MISMATCH,
    NO_TEE_SIGNER,
    INVALID_NONCE,
    INVALID_SIGNATURE
}

/// @dev Sub-accounts by key, with the indexes their listings walk.
struct AccountMap {
    EnumerableSet.Bytes32Set keys;
    mapping(bytes32 key => Account) values;
    mapping(address provider => EnumerableSet.Bytes32Set) byProvider;
    mapping(address user => EnumerableSet.Bytes32Set) byUser;
}

/// @dev Services by provider.
struct ServiceMap {
    EnumerableSet.AddressSet providers;
    mapping(address provider => Service) values;
}

/// @dev Everything the marketplace remembers, at its ERC-7201 root.
struct InferenceStorage {
    uint256 lockTime;
    address ledgerAddress;
    AccountMap accounts;
    ServiceMap services;
    mapping(address provider => uint256 wei_) stakes;
}

/// @notice Errors and events of the marketplace.
interface InferenceDeclarations {
    error AccountExists(address user, address provider);
    error AccountNotExists(address user, address provider);
    error AdditionalInfoTooLong();
    error BatchSizeTooLarge(uint256 size, uint256 max);
    error CallerNotLedger(address caller);
    error CannotAddStakeWhenUpdating();
    error CannotRevokeWithNonZeroBalance(address user, address provider, uint256 balance);
    error DirectDepositsDisabled();
    error InsufficientStake(uint256 provided, uint256 required);
    error InvalidAddress(address addr);
    error InvalidTEESignature(string reason);
    error LimitTooLarge(uint256 limit, uint256 max);
    error LockTimeOutOfRange(uint256 lockTime, uint256 min, uint256 max);
    error NoSettlementsProvided();
    error ProviderCannotBeUser();
    error ServiceNotExist(address provider);
    error TooManyRefunds(address user, address provider);
    error TooManySettlements(uint256 count, uint256 max);
    error TransferFailed();

    event AccountDeleted(address indexed user, address indexed provider, uint256 refundedAmount);
    event AllTokensRevoked(address indexed user, address indexed provider, uint256 newGeneration);
    event BalanceUpdated(address indexed user, address indexed provider, uint256 amount, uint256 pendingRefund);
    event BatchBalanceUpdated(address[] users, uint256[] balances, uint256[] pendingRefunds);
    event ContractInitialized(address indexed owner, uint256 lockTime, address ledgerAddress);
    event LockTimeUpdated(uint256 oldLockTime, uint256 newLockTime);
    event ProviderStaked(address indexed provider, uint256 amount);
    event ProviderStakeReturned(address indexed provider, uint256 amount);
    event ProviderTEESignerAcknowledged(
        address indexed provider, address indexed teeSignerAddress, bool acknowledged
    );
    event RefundRequested(address indexed user, address indexed provider, uint256 indexed index, uint256 timestamp);
    event ServiceRemoved(address indexed service);
    event ServiceUpdated(
        address indexed service,
        string serviceType,
        string url,
        uint256 inputPrice,
        uint256 outputPrice,
        uint256 updatedAt,
        string model,
        string verifiability
    );
    event TEESettlementResult(address indexed user, SettlementStatus status, uint256 unsettledAmount);
    event TokenRevoked(address indexed user, address indexed provider, uint8 tokenId);
    event TokensRevoked(address indexed user, address indexed provider, uint8[] tokenIds);
}

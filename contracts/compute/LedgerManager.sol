// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ILedger} from "./ILedger.sol";
import {Initializable} from "./Initializable.sol";
import {IServing} from "./IServing.sol";
import {Ledger, LedgerStorage} from "./LedgerTypes.sol";
import {Pagination} from "./Pagination.sol";
import {ServiceRegistry} from "./ServiceRegistry.sol";

/// @title Users' prepaid funds for compute services
/// @notice One ledger per user. Funds are available, or locked in sub-accounts that services keep per provider; services
/// report what they spend of the locked part, and send back what a user withdraws from a sub-account.
contract LedgerManager is ILedger, Initializable, ServiceRegistry {
    using EnumerableSet for EnumerableSet.AddressSet;

    uint256 public constant MAX_PROVIDERS_PER_BATCH = 20;
    uint256 public constant MAX_PROVIDERS_PER_USER_PER_SERVICE = 50;
    uint256 public constant MAX_ADDITIONAL_INFO_LENGTH = 4096;
    uint256 public constant MIN_ACCOUNT_BALANCE = 3 ether;
    uint256 public constant MIN_TRANSFER_AMOUNT = 1 ether;

    /// @dev Keeps a user's ledger from being entered again while a service or the user is being called.
    modifier withLedgerLock(address user) {
        LedgerStorage storage $ = _ledgerStorage();
        if ($.locked[user]) revert LedgerLocked();
        $.locked[user] = true;
        _;
        $.locked[user] = false;
    }

    /// @notice Sets the owner. Once.
    function initialize(address owner) external initializer {
        _transferOwnership(owner);
    }

    /// @notice Services send matured refunds here; nobody else may send value without naming a function.
    receive() external payable {
        if (!_isRegistered(msg.sender)) revert DirectDepositsDisabled();
    }

    /// @notice Opens the caller's ledger with the value sent.
    function addLedger(string memory additionalInfo)
        external
        payable
        withLedgerLock(msg.sender)
        returns (uint256, uint256)
    {
        if (msg.value < MIN_ACCOUNT_BALANCE) revert MinimumDepositRequired(msg.value, MIN_ACCOUNT_BALANCE);
        _checkInfo(additionalInfo);
        if (_exists(msg.sender)) revert LedgerExists(msg.sender);
        _open(msg.sender, additionalInfo);
        return (msg.value, 0);
    }

    /// @notice Adds the value sent to the caller's ledger, opening it when there is none.
    function depositFund() external payable withLedgerLock(msg.sender) {
        _deposit(msg.sender);
    }

    /// @notice Adds the value sent to another user's ledger, opening it when there is none.
    function depositFundFor(address recipient) external payable withLedgerLock(recipient) {
        if (recipient == address(0)) revert ZeroAddressNotAllowed();
        _deposit(recipient);
    }

    /// @notice Moves available funds into the sub-account with `provider`, opening it when there is none. Refunds of it that
    /// are pending are cancelled first, and only the rest is moved.
    function transferFund(address provider, string memory serviceName, uint256 amount)
        external
        withLedgerLock(msg.sender)
    {
        Ledger storage ledger = _existing(msg.sender);
        address service = _serviceByName(serviceName);
        bytes memory data;
        uint256 moved = amount;
        if (IServing(service).accountExists(msg.sender, provider)) {
            uint256 pending = IServing(service).getPendingRefund(msg.sender, provider);
            uint256 cancelled = amount < pending ? amount : pending;
            moved = amount - cancelled;
            data = abi.encodeCall(IServing.depositFund, (msg.sender, provider, cancelled));
        } else {
            if (amount < MIN_TRANSFER_AMOUNT) revert MinimumDepositRequired(amount, MIN_TRANSFER_AMOUNT);
            _rememberProvider(service, provider);
            data = abi.encodeCall(IServing.addAccount, (msg.sender, provider, ledger.additionalInfo));
        }
        if (ledger.availableBalance < moved) revert InsufficientAvailableBalance(ledger.availableBalance, moved);
        ledger.availableBalance -= moved;
        (bool success,) = service.call{value: moved}(data);
        if (!success) revert CallFailed();
    }

    /// @notice Takes back what has matured of the sub-accounts with `providers`, and requests the rest.
    function retrieveFund(address[] memory providers, string memory serviceName)
        external
        withLedgerLock(msg.sender)
    {
        if (providers.length > MAX_PROVIDERS_PER_BATCH) {
            revert TooManyProviders(providers.length, MAX_PROVIDERS_PER_BATCH);
        }
        IServing service = IServing(_serviceByName(serviceName));
        Ledger storage ledger = _existing(msg.sender);
        uint256 returned;
        for (uint256 i; i < providers.length; ++i) {
            if (!service.accountExists(msg.sender, providers[i])) continue;
            (uint256 matured,,) = service.processRefund(msg.sender, providers[i]);
            returned += matured;
            service.requestRefundAll(msg.sender, providers[i]);
        }
        ledger.availableBalance += returned;
    }

    /// @inheritdoc ILedger
    function spendFund(address user, uint256 amount) external {
        if (!_isRegistered(msg.sender)) revert CallerNotRegisteredService(msg.sender);
        Ledger storage ledger = _existing(user);
        uint256 lockedBalance = ledger.totalBalance - ledger.availableBalance;
        if (lockedBalance < amount) revert InsufficientAvailableBalance(lockedBalance, amount);
        ledger.totalBalance -= amount;
        emit FundSpent(user, msg.sender, amount);
    }

    /// @notice Pays available funds out to the caller; what stays available is nothing or the minimum balance. A ledger
    /// that holds nothing any more is closed, with all its sub-accounts.
    function refund(uint256 amount) external withLedgerLock(msg.sender) {
        Ledger storage ledger = _existing(msg.sender);
        if (ledger.availableBalance < amount) revert InsufficientBalance(msg.sender);
        uint256 remaining = ledger.availableBalance - amount;
        if (remaining != 0 && remaining < MIN_ACCOUNT_BALANCE) {
            revert MinimumDepositRequired(remaining, MIN_ACCOUNT_BALANCE);
        }
        ledger.availableBalance = remaining;
        ledger.totalBalance -= amount;
        if (ledger.totalBalance == 0) _close(msg.sender);
        (bool success,) = msg.sender.call{value: amount}("");
        if (!success) revert TransferFailed();
    }

    /// @notice Closes a ledger that holds nothing.
    function deleteLedger() external withLedgerLock(msg.sender) {
        uint256 total = _existing(msg.sender).totalBalance;
        if (total != 0) revert MustWithdrawAllFundsFirst(total);
        _close(msg.sender);
    }

    /// @notice Replaces the caller's free text.
    function updateAdditionalInfo(string memory additionalInfo) external withLedgerLock(msg.sender) {
        _checkInfo(additionalInfo);
        Ledger storage ledger = _existing(msg.sender);
        ledger.additionalInfo = additionalInfo;
        emit LedgerInfoUpdated(msg.sender, additionalInfo);
    }

    /// @notice A user's ledger.
    function getLedger(address user) external view returns (Ledger memory) {
        return _existing(user);
    }

    /// @notice A page of all ledgers; 50 when `limit` is 0.
    function getAllLedgers(uint256 offset, uint256 limit)
        external
        view
        returns (Ledger[] memory ledgers, uint256 total)
    {
        LedgerStorage storage $ = _ledgerStorage();
        total = $.users.length();
        (uint256 start, uint256 count) = Pagination.page(total, offset, limit);
        ledgers = new Ledger[](count);
        for (uint256 i; i < count; ++i) {
            ledgers[i] = $.ledgers[$.users.at(start + i)];
        }
    }

    /// @notice Providers the user has sub-accounts with in a service.
    function getLedgerProviders(address user, string memory serviceName) external view returns (address[] memory) {
        return _ledgerStorage().providers[user][_serviceByName(serviceName)].values();
    }

    function _exists(address user) private view returns (bool) {
        return _ledgerStorage().users.contains(user);
    }

    function _existing(address user) private view returns (Ledger storage) {
        if (!_exists(user)) revert LedgerNotExists(user);
        return _ledgerStorage().ledgers[user];
    }

    function _checkInfo(string memory info) private pure {
        if (bytes(info).length > MAX_ADDITIONAL_INFO_LENGTH) {
            revert AdditionalInfoTooLong(bytes(info).length, MAX_ADDITIONAL_INFO_LENGTH);
        }
    }

    function _deposit(address user) private {
        if (msg.value == 0) revert ZeroAmountNotAllowed();
        if (!_exists(user)) {
            if (msg.value < MIN_ACCOUNT_BALANCE) revert MinimumDepositRequired(msg.value, MIN_ACCOUNT_BALANCE);
            _open(user, "");
            return;
        }
        Ledger storage ledger = _ledgerStorage().ledgers[user];
        ledger.availableBalance += msg.value;
        ledger.totalBalance += msg.value;
    }

    function _open(address user, string memory info) private {
        LedgerStorage storage $ = _ledgerStorage();
        $.users.add(user);
        $.ledgers[user] =
            Ledger({user: user, availableBalance: msg.value, totalBalance: msg.value, additionalInfo: info});
    }

    function _rememberProvider(address service, address provider) private {
        EnumerableSet.AddressSet storage providers = _ledgerStorage().providers[msg.sender][service];
        if (!providers.contains(provider) && providers.length() >= MAX_PROVIDERS_PER_USER_PER_SERVICE) {
            revert TooManyProvidersForService(providers.length(), MAX_PROVIDERS_PER_USER_PER_SERVICE);
        }
        providers.add(provider);
    }

    /// @dev A service that refuses to delete a sub-account does not keep the user from leaving.
    function _close(address user) private {
        LedgerStorage storage $ = _ledgerStorage();
        $.users.remove(user);
        delete $.ledgers[user];
        uint256 count = $.services.length();
        for (uint256 i; i < count; ++i) {
            address service = $.services.at(i);
            EnumerableSet.AddressSet storage providers = $.providers[user][service];
            address[] memory all = providers.values();
            for (uint256 j; j < all.length; ++j) {
                try IServing(service).deleteAccount(user, all[j]) {} catch {}
                providers.remove(all[j]);
            }
        }
    }
}

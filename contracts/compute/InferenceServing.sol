// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {InferenceAccounts} from "./InferenceAccounts.sol";
import {InferenceServices} from "./InferenceServices.sol";
import {InferenceSettlement} from "./InferenceSettlement.sol";
import {Account, AccountMap, InferenceStorage, Service, ServiceMap, ServiceParams} from "./InferenceTypes.sol";
import {InferenceViews} from "./InferenceViews.sol";
import {Initializable} from "./Initializable.sol";
import {IServing} from "./IServing.sol";
import {Owned} from "./Owned.sol";

/// @title Marketplace of inference services
/// @notice Providers register a service and stake for it; users keep a prepaid sub-account with each provider they use, through
/// the ledger; providers settle fees that their TEE signer has signed.
contract InferenceServing is ERC165, Initializable, Owned, InferenceViews, InferenceSettlement {
    using InferenceAccounts for Account;
    using InferenceAccounts for AccountMap;
    using InferenceServices for ServiceMap;

    uint256 public constant MIN_PROVIDER_STAKE = 100 ether;
    uint256 public constant MIN_LOCKTIME = 1 hours;
    uint256 public constant MAX_LOCKTIME = 7 days;

    /// @notice Sets lock time of refunds in seconds, ledger and owner. Once.
    function initialize(uint256 _locktime, address _ledgerAddress, address owner) external initializer {
        _checkLockTime(_locktime);
        InferenceStorage storage $ = _inferenceStorage();
        $.lockTime = _locktime;
        $.ledgerAddress = _ledgerAddress;
        _transferOwnership(owner);
        emit ContractInitialized(owner, _locktime, _ledgerAddress);
    }

    /// @notice Sub-accounts are funded through the ledger only.
    receive() external payable {
        revert DirectDepositsDisabled();
    }

    /// @notice Sets how long refunds take to mature, in seconds.
    function updateLockTime(uint256 _locktime) external onlyOwner {
        _checkLockTime(_locktime);
        InferenceStorage storage $ = _inferenceStorage();
        uint256 previous = $.lockTime;
        $.lockTime = _locktime;
        emit LockTimeUpdated(previous, _locktime);
    }

    /// @notice Confirms that the service's signer is the one its TEE reported.
    function acknowledgeTEESignerByOwner(address provider) external onlyOwner {
        _acknowledgeSigner(provider, true);
    }

    /// @notice Takes that confirmation back.
    function revokeTEESignerAcknowledgement(address provider) external onlyOwner {
        _acknowledgeSigner(provider, false);
    }

    /// @notice Registers the caller's service, with the value sent as its stake, or changes it.
    function addOrUpdateService(ServiceParams calldata params) external payable {
        InferenceStorage storage $ = _inferenceStorage();
        if ($.services.exists(msg.sender)) {
            if (msg.value > 0) revert CannotAddStakeWhenUpdating();
        } else {
            if (msg.value < MIN_PROVIDER_STAKE) revert InsufficientStake(msg.value, MIN_PROVIDER_STAKE);
            $.stakes[msg.sender] = msg.value;
            emit ProviderStaked(msg.sender, msg.value);
        }
        $.services.set(msg.sender, params);
        emit ServiceUpdated(
            msg.sender,
            params.serviceType,
            params.url,
            params.inputPrice,
            params.outputPrice,
            block.timestamp,
            params.model,
            params.verifiability
        );
    }

    /// @notice Removes the caller's service and returns its stake.
    function removeService() external nonReentrant {
        InferenceStorage storage $ = _inferenceStorage();
        $.services.remove(msg.sender);
        uint256 stake = $.stakes[msg.sender];
        $.stakes[msg.sender] = 0;
        if (stake > 0) {
            _send(msg.sender, stake);
            emit ProviderStakeReturned(msg.sender, stake);
        }
        emit ServiceRemoved(msg.sender);
    }

    /// @notice Accepts the provider's signer, or takes that back while the sub-account is empty.
    function acknowledgeTEESigner(address provider, bool acknowledged) external {
        Account storage account = _inferenceStorage().accounts.existing(msg.sender, provider);
        if (!acknowledged && account.balance > 0) {
            revert CannotRevokeWithNonZeroBalance(msg.sender, provider, account.balance);
        }
        account.acknowledged = acknowledged;
    }

    /// @notice Revokes one session token.
    function revokeToken(address provider, uint8 tokenId) external {
        Account storage account = _inferenceStorage().accounts.existing(msg.sender, provider);
        account.revokedBitmap |= 1 << tokenId;
        emit TokenRevoked(msg.sender, provider, tokenId);
    }

    /// @notice Revokes several session tokens.
    function revokeTokens(address provider, uint8[] calldata tokenIds) external {
        Account storage account = _inferenceStorage().accounts.existing(msg.sender, provider);
        uint256 bitmap = account.revokedBitmap;
        for (uint256 i; i < tokenIds.length; ++i) {
            bitmap |= 1 << tokenIds[i];
        }
        account.revokedBitmap = bitmap;
        emit TokensRevoked(msg.sender, provider, tokenIds);
    }

    /// @notice Revokes every session token issued so far.
    function revokeAllTokens(address provider) external {
        Account storage account = _inferenceStorage().accounts.existing(msg.sender, provider);
        account.generation += 1;
        account.revokedBitmap = 0;
        emit AllTokensRevoked(msg.sender, provider, account.generation);
    }

    /// @inheritdoc IServing
    function addAccount(address user, address provider, string memory additionalInfo) external payable onlyLedger {
        if (user == address(0)) revert InvalidAddress(user);
        if (provider == address(0)) revert InvalidAddress(provider);
        if (user == provider) revert ProviderCannotBeUser();
        _inferenceStorage().accounts.open(user, provider, msg.value, additionalInfo);
        emit BalanceUpdated(user, provider, msg.value, 0);
    }

    /// @inheritdoc IServing
    function depositFund(address user, address provider, uint256 cancelRetrievingAmount)
        external
        payable
        onlyLedger
    {
        Account storage account = _inferenceStorage().accounts.existing(user, provider);
        account.deposit(msg.value, cancelRetrievingAmount);
        emit BalanceUpdated(user, provider, account.balance, account.pendingRefund);
    }

    /// @inheritdoc IServing
    function requestRefundAll(address user, address provider) external onlyLedger {
        Account storage account = _inferenceStorage().accounts.existing(user, provider);
        account.requestRefund();
        if (account.validRefundsLength > 0) {
            emit RefundRequested(user, provider, account.validRefundsLength - 1, block.timestamp);
        }
    }

    /// @inheritdoc IServing
    function processRefund(address user, address provider)
        external
        onlyLedger
        returns (uint256 totalAmount, uint256 balance, uint256 pendingRefund)
    {
        InferenceStorage storage $ = _inferenceStorage();
        Account storage account = $.accounts.existing(user, provider);
        totalAmount = account.processRefunds($.lockTime);
        (balance, pendingRefund) = (account.balance, account.pendingRefund);
        if (totalAmount > 0) {
            emit BalanceUpdated(user, provider, balance, pendingRefund);
            _send(msg.sender, totalAmount);
        }
    }

    /// @inheritdoc IServing
    function deleteAccount(address user, address provider) external onlyLedger {
        InferenceStorage storage $ = _inferenceStorage();
        emit AccountDeleted(user, provider, $.accounts.close(user, provider));
    }

    /// @notice ERC-165: this contract is a service of the ledger.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IServing).interfaceId || super.supportsInterface(interfaceId);
    }

    function _acknowledgeSigner(address provider, bool acknowledged) private {
        Service storage service = _inferenceStorage().services.existing(provider);
        service.teeSignerAcknowledged = acknowledged;
        emit ProviderTEESignerAcknowledged(provider, service.teeSignerAddress, acknowledged);
    }

    function _checkLockTime(uint256 value) private pure {
        if (value < MIN_LOCKTIME || value > MAX_LOCKTIME) {
            revert LockTimeOutOfRange(value, MIN_LOCKTIME, MAX_LOCKTIME);
        }
    }
}

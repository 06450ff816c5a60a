// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILedger} from "./ILedger.sol";
import {InferenceAccounts} from "./InferenceAccounts.sol";
import {InferenceBase} from "./InferenceBase.sol";
import {InferenceServices} from "./InferenceServices.sol";
import {
    Account,
    AccountMap,
    InferenceStorage,
    Service,
    ServiceMap,
    SettlementStatus,
    TEESettlementData
} from "./InferenceTypes.sol";

/// @title Settlement of fees the provider's TEE signer has signed
abstract contract InferenceSettlement is InferenceBase, EIP712, ReentrancyGuardTransient {
    using InferenceAccounts for Account;
    using InferenceAccounts for AccountMap;
    using InferenceServices for ServiceMap;

    uint256 private constant MAX_SETTLEMENTS_PER_BATCH = 50;
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "TEESettlement(bytes32 requestsHash,uint256 nonce,address provider,address user,uint256 totalFee)"
    );

    constructor() EIP712("0G Inference Serving", "1") {}

    /// @notice Settles items for the calling provider. A bad item never reverts the batch: it gets a status.
    function settleFeesWithTEE(TEESettlementData[] calldata settlements)
        external
        nonReentrant
        returns (SettlementStatus[] memory statuses)
    {
        if (settlements.length == 0) revert NoSettlementsProvided();
        if (settlements.length > MAX_SETTLEMENTS_PER_BATCH) {
            revert TooManySettlements(settlements.length, MAX_SETTLEMENTS_PER_BATCH);
        }
        statuses = new SettlementStatus[](settlements.length);
        uint256 earned;
        for (uint256 i; i < settlements.length; ++i) {
            (SettlementStatus status, uint256 unsettled) = _check(settlements[i]);
            statuses[i] = status;
            if (status <= SettlementStatus.PARTIAL) {
                uint256 settled = settlements[i].totalFee - unsettled;
                _settle(settlements[i], settled);
                earned += settled;
            }
            emit TEESettlementResult(settlements[i].user, status, unsettled);
        }
        if (earned > 0) _send(msg.sender, earned);
    }

    /// @notice What settleFeesWithTEE would say of each item by itself; call it as the provider.
    function previewSettlementResults(TEESettlementData[] calldata settlements)
        external
        view
        returns (
            address[] memory failedUsers,
            SettlementStatus[] memory failureReasons,
            address[] memory partialUsers,
            uint256[] memory partialAmounts
        )
    {
        if (settlements.length == 0) revert NoSettlementsProvided();
        if (settlements.length > MAX_SETTLEMENTS_PER_BATCH) {
            revert TooManySettlements(settlements.length, MAX_SETTLEMENTS_PER_BATCH);
        }
        failedUsers = new address[](settlements.length);
        failureReasons = new SettlementStatus[](settlements.length);
        partialUsers = new address[](settlements.length);
        partialAmounts = new uint256[](settlements.length);
        uint256 failed;
        uint256 partially;
        for (uint256 i; i < settlements.length; ++i) {
            (SettlementStatus status, uint256 unsettled) = _check(settlements[i]);
            if (status > SettlementStatus.PARTIAL) {
                (failedUsers[failed], failureReasons[failed]) = (settlements[i].user, status);
                ++failed;
            } else if (status == SettlementStatus.PARTIAL) {
                (partialUsers[partially], partialAmounts[partially]) = (settlements[i].user, unsettled);
                ++partially;
            }
        }
        assembly {
            mstore(failedUsers, failed)
            mstore(failureReasons, failed)
            mstore(partialUsers, partially)
            mstore(partialAmounts, partially)
        }
    }

    /// @dev The order of the checks decides which status an item gets that fails several.
    function _check(TEESettlementData calldata item)
        private
        view
        returns (SettlementStatus status, uint256 unsettled)
    {
        InferenceStorage storage $ = _inferenceStorage();
        if (item.provider != msg.sender) return (SettlementStatus.PROVIDER_MISMATCH, item.totalFee);
        if (!$.accounts.exists(item.user, item.provider)) return (SettlementStatus.INVALID_SIGNATURE, item.totalFee);
        if (!$.services.exists(item.provider)) return (SettlementStatus.PROVIDER_MISMATCH, item.totalFee);
        Account storage account = $.accounts.existing(item.user, item.provider);
        Service storage service = $.services.existing(item.provider);
        if (!account.acknowledged || !service.teeSignerAcknowledged || service.teeSignerAddress == address(0)) {
            return (SettlementStatus.NO_TEE_SIGNER, item.totalFee);
        }
        if (account.nonce >= item.nonce) return (SettlementStatus.INVALID_NONCE, item.totalFee);
        if (_signerOf(item) != service.teeSignerAddress) return (SettlementStatus.INVALID_SIGNATURE, item.totalFee);
        if (account.balance < item.totalFee) return (SettlementStatus.PARTIAL, item.totalFee - account.balance);
        return (SettlementStatus.SUCCESS, 0);
    }

    function _settle(TEESettlementData calldata item, uint256 amount) private {
        InferenceStorage storage $ = _inferenceStorage();
        Account storage account = $.accounts.existing(item.user, item.provider);
        account.nonce = item.nonce;
        if (amount == 0) return;
        account.pay(amount);
        ILedger($.ledgerAddress).spendFund(item.user, amount);
        emit BalanceUpdated(item.user, item.provider, account.balance, account.pendingRefund);
    }

    function _signerOf(TEESettlementData calldata item) private view returns (address signer) {
        bytes32 structHash = keccak256(
            abi.encode(
                SETTLEMENT_TYPEHASH, item.requestsHash, item.nonce, item.provider, item.user, item.totalFee
            )
        );
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(structHash), item.signature);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

import {IReward} from "./StorageInterfaces.sol";

/// Accepts and books the fees of the market, per pricing chunk of 8 GiB. Simplified: nothing is mined on a development
/// network, so nothing is released or paid out; the getters that nodes and explorers read are here.
contract ChunkLinearReward is IReward, AccessControlEnumerable, Initializable {
    /// 8 GiB in sectors of 256 bytes.
    uint256 private constant PRICING_CHUNK_SECTORS = 33_554_432;
    uint256 private constant BPS = 10_000;

    struct Reward {
        uint128 lockedReward;
        uint128 claimableReward;
        uint128 distributedReward;
        uint40 startTime;
        uint40 lastUpdate;
    }

    /// Twelve months of 31 days, as on the public networks.
    uint256 public constant releaseSeconds = 12 * 31 days;

    address public market;
    address public mine;
    address public foundationAdmin;
    address public treasury;
    uint256 public serviceFeeRateBps;
    uint256 public baseReward;
    uint256 public totalBaseReward;
    mapping(uint256 pricingIndex => Reward) public rewards;

    function initialize(address market_, address mine_, address foundationAdmin_) external initializer {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        market = market_;
        mine = mine_;
        foundationAdmin = foundationAdmin_;
        treasury = foundationAdmin_;
    }

    /// Books the value sent over `chargedSectors` sectors that follow sector `beforeLength`.
    function fillReward(uint256 beforeLength, uint256 chargedSectors) external payable {
        require(msg.sender == market, "Sender does not have permission");
        uint256 serviceFee = (msg.value * serviceFeeRateBps) / BPS;
        if (serviceFee > 0) {
            (bool ok, ) = treasury.call{value: serviceFee}("");
            require(ok, "Treasury did not take the service fee");
        }
        uint256 left = msg.value - serviceFee;
        uint256 position = beforeLength;
        uint256 end = beforeLength + chargedSectors;
        while (position < end) {
            uint256 index = position / PRICING_CHUNK_SECTORS;
            uint256 chunkEnd = (index + 1) * PRICING_CHUNK_SECTORS;
            uint256 upTo = chunkEnd < end ? chunkEnd : end;
            uint256 part = (left * (upTo - position)) / (end - position);
            rewards[index].lockedReward += uint128(part);
            rewards[index].lastUpdate = uint40(block.timestamp);
            if (upTo == chunkEnd) rewards[index].startTime = uint40(block.timestamp);
            left -= part;
            position = upTo;
        }
    }

    function donate() external payable {
        totalBaseReward += msg.value;
    }

    function setBaseReward(uint256 baseReward_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        baseReward = baseReward_;
    }

    function setFoundationAdmin(address foundationAdmin_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        foundationAdmin = foundationAdmin_;
    }

    function setServiceFeeRate(uint256 bps) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(bps <= BPS, "Rate is above 10000 basis points");
        serviceFeeRateBps = bps;
    }

    function setTreasury(address treasury_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        treasury = treasury_;
    }

    function payments(address) external pure returns (uint256) {
        return 0;
    }

    function rewardDeadline(uint256 pricingIndex) external view returns (uint256) {
        uint256 start = rewards[pricingIndex].startTime;
        return start == 0 ? 0 : start + releaseSeconds;
    }

    /// Nothing expires: data is never pruned on a development network.
    function firstRewardableChunk() external pure returns (uint64 chunk, uint256 timestamp) {
        return (0, 0);
    }
}

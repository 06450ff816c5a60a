// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {SubmissionData} from "./Submission.sol";

/// What a miner works on during one epoch.
struct MineContext {
    uint256 epoch;
    uint256 mineStart;
    bytes32 flowRoot;
    uint256 flowLength;
    bytes32 blockDigest;
    bytes32 digest;
}

struct EpochRange {
    uint128 start;
    uint128 end;
}

struct EpochRangeWithContextDigest {
    uint128 start;
    uint128 end;
    bytes32 digest;
}

interface IFlowEvents {
    event Submit(
        address indexed sender,
        bytes32 indexed identity,
        uint256 submissionIndex,
        uint256 startPos,
        uint256 length,
        SubmissionData submission
    );

    event NewEpoch(
        address indexed sender,
        uint256 indexed index,
        bytes32 startMerkleRoot,
        uint256 submissionIndex,
        uint256 flowLength,
        bytes32 context
    );

    /// `amount` is in sectors, `paid` is the balance of the flow contract.
    error NotEnoughFee(uint256 price, uint256 amount, uint256 paid);
}

interface IMarket {
    function pricePerSector() external view returns (uint256);
    function chargeFee(uint256 beforeLength, uint256 uploadSectors, uint256 paddingSectors) external;
}

interface IReward {
    function fillReward(uint256 beforeLength, uint256 chargedSectors) external payable;
}

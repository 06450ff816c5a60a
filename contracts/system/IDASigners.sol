// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {BN254} from "./BN254.sol";

/// @title Signers of 0G DA and the quorums they form [0G DA spec §3.3]
interface IDASigners {
    struct SignerDetail {
        address signer;
        string socket;
        BN254.G1Point pkG1;
        BN254.G2Point pkG2;
    }

    struct Params {
        uint256 tokensPerVote;
        uint256 maxVotesPerSigner;
        uint256 maxQuorums;
        uint256 epochBlocks;
        uint256 encodedSlices;
    }

    event NewSigner(address indexed signer, BN254.G1Point pkG1, BN254.G2Point pkG2);
    event SocketUpdated(address indexed signer, string socket);

    function params() external view returns (Params memory);

    function epochNumber() external view returns (uint256);

    function quorumCount(uint256 _epoch) external view returns (uint256);

    function isSigner(address _account) external view returns (bool);

    function getSigner(address[] memory _account) external view returns (SignerDetail[] memory);

    function getQuorum(uint256 _epoch, uint256 _quorumId) external view returns (address[] memory);

    function getQuorumRow(uint256 _epoch, uint256 _quorumId, uint32 _rowIndex) external view returns (address);

    function registerSigner(SignerDetail memory _signer, BN254.G1Point memory _signature) external;

    function updateSocket(string memory _socket) external;

    function registeredEpoch(address _account, uint256 _epoch) external view returns (bool);

    function registerNextEpoch(address _account, BN254.G1Point memory _signature, uint256 _votes) external;

    function makeEpoch() external;

    function getAggPkG1(
        uint256 _epoch,
        uint256 _quorumId,
        bytes memory _quorumBitmap
    ) external view returns (BN254.G1Point memory aggPkG1, uint256 total, uint256 hit);
}

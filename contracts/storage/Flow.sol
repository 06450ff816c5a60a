// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {DigestHistory} from "./DigestHistory.sol";
import {FlowTree, FlowTreeLib} from "./FlowTree.sol";
import {EpochRange, EpochRangeWithContextDigest, IFlowEvents, IMarket, MineContext} from "./StorageInterfaces.sol";
import {Submission, SubmissionData, SubmissionLib} from "./Submission.sol";

/// The ordered log of everything stored: one submission per file, one Merkle tree over all sectors, epochs for miners.
/// ABI, events and roots are those of the 0G Flow contract (0G storage spec, section 3); the storage layout is our own.
abstract contract Flow is IFlowEvents, AccessControlEnumerable, Pausable, Initializable {
    using FlowTreeLib for FlowTree;
    using SubmissionLib for SubmissionData;

    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    bytes32 private constant EMPTY_HASH = keccak256("");
    uint256 private constant ROOT_AVAILABLE_WINDOW = 1000;
    /// Block hashes reach back this far (EIP-2935).
    uint256 private constant MAX_BLOCK_HASH_AGE = 8191;
    uint256 private constant BLOCKHASH_OPCODE_AGE = 256;
    address private constant HISTORY_STORAGE_ADDRESS = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// Blocks between initialisation and the first submission.
    uint256 public constant deployDelay = 0;

    address payable public market;
    address public rootHistory;
    uint256 public submissionIndex;
    uint256 public blocksPerEpoch;
    uint256 public firstBlock;
    uint256 public epoch;
    uint256 public epochStartPosition;

    FlowTree private flowTree;
    MineContext private context;
    mapping(uint256 txSeq => bytes32) private rootByTxSeq;
    mapping(bytes32 digest => EpochRange) private epochRanges;
    EpochRangeWithContextDigest[] private epochRangeHistory;

    modifier launched() {
        require(block.number >= firstBlock, "Contract has not launched.");
        _;
    }

    /// Called once, by the deployer, who becomes administrator and pauser.
    function initialize(address market_, uint256 blocksPerEpoch_) external initializer {
        market = payable(market_);
        flowTree.initialize();
        context = MineContext(0, 0, flowTree.root(), 1, EMPTY_HASH, EMPTY_HASH);
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(PAUSER_ROLE, msg.sender);
        fillParams(blocksPerEpoch_, block.number + deployDelay, address(new DigestHistory(ROOT_AVAILABLE_WINDOW)));
    }

    /// Sets those of the three that are still zero.
    function setParams(uint256 blocksPerEpoch_, uint256 firstBlock_, address rootHistory_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        fillParams(blocksPerEpoch_, firstBlock_, rootHistory_);
    }

    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(PAUSER_ROLE) {
        _unpause();
    }

    function submit(
        Submission calldata submission
    ) external payable returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length) {
        return submitOne(submission.data, submission.submitter);
    }

    /// Form of clients before January 2026: the submitter is the sender.
    function submit(
        SubmissionData calldata submission
    ) external payable returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length) {
        return submitOne(submission, msg.sender);
    }

    function batchSubmit(
        Submission[] calldata submissions
    )
        external
        payable
        returns (uint256[] memory indexes, bytes32[] memory digests, uint256[] memory startIndexes, uint256[] memory lengths)
    {
        (indexes, digests, startIndexes, lengths) = newResults(submissions.length);
        for (uint256 i = 0; i < submissions.length; ++i) {
            (indexes[i], digests[i], startIndexes[i], lengths[i]) = submitOne(submissions[i].data, submissions[i].submitter);
        }
    }

    /// Form of clients before January 2026.
    function batchSubmit(
        SubmissionData[] calldata submissions
    )
        external
        payable
        returns (uint256[] memory indexes, bytes32[] memory digests, uint256[] memory startIndexes, uint256[] memory lengths)
    {
        (indexes, digests, startIndexes, lengths) = newResults(submissions.length);
        for (uint256 i = 0; i < submissions.length; ++i) {
            (indexes[i], digests[i], startIndexes[i], lengths[i]) = submitOne(submissions[i], msg.sender);
        }
    }

    function numSubmissions() external view returns (uint256) {
        return submissionIndex;
    }

    /// Sectors placed, and levels of the tree above them.
    function tree() external view returns (uint256 currentLength, uint256 unstagedHeight) {
        return (flowTree.currentLength, flowTree.depth() + 1);
    }

    /// Root of the whole flow right after submission `txSeq`.
    function getFlowRootByTxSeq(uint256 txSeq) external view returns (bytes32) {
        return rootByTxSeq[txSeq];
    }

    /// Not a view in the reference, so not one here.
    function computeFlowRoot() external returns (bytes32) {
        makeContext();
        return flowTree.root();
    }

    function getContext() external view returns (MineContext memory) {
        return context;
    }

    function makeContextWithResult() external returns (MineContext memory) {
        makeContext();
        return context;
    }

    function makeContextFixedTimes(uint256 count) external launched {
        for (uint256 i = 0; i < count && openEpoch(); ++i) {}
    }

    /// Opens every epoch whose start has passed.
    function makeContext() public launched {
        while (openEpoch()) {}
    }

    function getEpochRange(bytes32 digest) external view returns (EpochRange memory) {
        return epochRanges[digest];
    }

    function getEpochRangeHistory(uint256 index) external view returns (EpochRangeWithContextDigest memory) {
        return epochRangeHistory[index];
    }

    /// The recorded epoch range that holds a sector.
    function queryContextAtPosition(uint128 targetPosition) external returns (EpochRangeWithContextDigest memory range) {
        makeContext();
        require(targetPosition < epochStartPosition, "Queried position exceeds upper bound");
        uint256 low = 0;
        uint256 high = epochRangeHistory.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (epochRangeHistory[middle].end <= targetPosition) low = middle + 1;
            else high = middle;
        }
        require(low < epochRangeHistory.length, "Can not find proper context");
        range = epochRangeHistory[low];
        require(range.start <= targetPosition, "Can not find proper context");
    }

    /// Takes the fee; called before anything is placed.
    function beforeSubmit(uint256 sectors) internal virtual;

    function submitOne(
        SubmissionData calldata data,
        address submitter
    ) private whenNotPaused launched returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length) {
        require(submitter != address(0) && data.valid(), "Invalid submission");
        length = data.sectors();
        beforeSubmit(length);
        makeContext();

        uint256 previousLength = flowTree.currentLength;
        startIndex = flowTree.alignTo(data.nodes[0].height, length);
        for (uint256 i = 0; i < data.nodes.length; ++i) flowTree.append(data.nodes[i].root, data.nodes[i].height);
        IMarket(market).chargeFee(previousLength, length, startIndex - previousLength);

        index = submissionIndex++;
        digest = data.digest();
        rootByTxSeq[index] = flowTree.root();
        emit Submit(submitter, digest, index, startIndex, length, data);
    }

    function openEpoch() private returns (bool) {
        uint256 nextEpochStart = firstBlock + (epoch + 1) * blocksPerEpoch;
        if (nextEpochStart >= block.number) return false;
        bytes32 root = flowTree.root();
        uint256 length = flowTree.currentLength;
        DigestHistory(rootHistory).insert(root);

        bytes32 blockDigest = EMPTY_HASH;
        bytes32 digest = EMPTY_HASH;
        if (nextEpochStart + MAX_BLOCK_HASH_AGE >= block.number) {
            blockDigest = hashOfBlock(nextEpochStart);
            digest = keccak256(abi.encode(blockDigest, root, length));
            uint128 start = uint128(epochStartPosition);
            epochRanges[digest] = EpochRange(start, uint128(length));
            epochRangeHistory.push(EpochRangeWithContextDigest(start, uint128(length), digest));
            epochStartPosition = length;
        }
        ++epoch;
        context = MineContext(epoch, nextEpochStart, root, length, blockDigest, digest);
        emit NewEpoch(msg.sender, epoch, root, submissionIndex, length, digest);
        return true;
    }

    function hashOfBlock(uint256 number) private view returns (bytes32) {
        if (number + BLOCKHASH_OPCODE_AGE >= block.number) return blockhash(number);
        (bool ok, bytes memory answer) = HISTORY_STORAGE_ADDRESS.staticcall(abi.encode(number));
        return ok && answer.length == 32 ? abi.decode(answer, (bytes32)) : bytes32(0);
    }

    function fillParams(uint256 blocksPerEpoch_, uint256 firstBlock_, address rootHistory_) private {
        if (blocksPerEpoch == 0) blocksPerEpoch = blocksPerEpoch_;
        if (firstBlock == 0) firstBlock = firstBlock_;
        if (rootHistory == address(0)) rootHistory = rootHistory_;
    }

    function newResults(
        uint256 count
    ) private pure returns (uint256[] memory, bytes32[] memory, uint256[] memory, uint256[] memory) {
        return (new uint256[](count), new bytes32[](count), new uint256[](count), new uint256[](count));
    }
}

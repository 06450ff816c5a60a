// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {BN254} from "./BN254.sol";
import {IDASigners} from "./IDASigners.sol";

/// @title DA signers at 0x…1000
/// @notice On the public networks a precompile; here a contract with the same interface, events and rules. It differs in gas,
/// in that its errors say why, in an epoch of 100 blocks instead of 28,800, and in how many ballots an epoch may hold.
/// @dev Stands in the genesis: slot 0 holds the length of an epoch. Rows of a quorum are kept as indexes of two bytes into the
/// signers of its epoch, and only once: where ballots are fewer than rows, row i is ballot i modulo their number.
contract DASigners is IDASigners {
    using BN254 for BN254.G1Point;

    struct Registration {
        bytes32 firstBallot;
        uint256 votes;
    }

    address public constant REGISTRY = 0x20F30b2584F3096ea0D6c18c3b5CACC0585E12FC;
    uint256 private constant TOKENS_PER_VOTE = 30;
    uint256 private constant MAX_VOTES_PER_SIGNER = 1024;
    uint256 private constant MAX_QUORUMS = 10;
    uint256 private constant ROWS = 3072;
    /// @dev What one block can draw and sort: two full quorums.
    uint256 private constant MAX_BALLOTS = 2 * ROWS;
    uint256 private constant INDEX_MASK = 0xffff;
    uint256 private constant INDEXES_PER_WORD = 16;

    error DASignersSenderNotRegistry(address sender);
    error DASignersSenderNotOrigin(address sender);
    error DASignerExists(address signer);
    error DASignerUnknown(address signer);
    error DASignersInvalidSignature(address signer);
    error DASignersAlreadyRegistered(address signer, uint256 epoch);
    error DASignersNoVotes(address signer);
    error DAQuorumUnknown(uint256 epoch, uint256 quorumId);
    error DAQuorumRowUnknown(uint32 rowIndex);
    error DAQuorumBitmapLength(uint256 expected, uint256 provided);

    uint256 private _epochBlocks;
    uint256 private _epoch;
    uint256 private _epochBlock;
    mapping(address => SignerDetail) private _signers;
    mapping(uint256 epoch => address[]) private _registered;
    mapping(uint256 epoch => mapping(address => Registration)) private _registrations;
    /// @dev Number of ballots of a quorum, then its packed indexes.
    mapping(uint256 epoch => uint256[]) private _ballotCounts;
    mapping(uint256 epoch => mapping(uint256 quorumId => uint256[])) private _ballots;

    modifier onlyRegistry() {
        if (msg.sender != REGISTRY) revert DASignersSenderNotRegistry(msg.sender);
        _;
    }

    function params() external view returns (Params memory) {
        return Params(TOKENS_PER_VOTE, MAX_VOTES_PER_SIGNER, MAX_QUORUMS, _epochBlocks, ROWS);
    }

    function epochNumber() external view returns (uint256) {
        return _epoch;
    }

    function quorumCount(uint256 epoch) external view returns (uint256) {
        return _ballotCounts[epoch].length;
    }

    function isSigner(address account) public view returns (bool) {
        return _signers[account].signer != address(0);
    }

    /// @notice Details in the order of the accounts; reverts when one is no signer.
    function getSigner(address[] memory accounts) external view returns (SignerDetail[] memory details) {
        details = new SignerDetail[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) {
            if (!isSigner(accounts[i])) revert DASignerUnknown(accounts[i]);
            details[i] = _signers[accounts[i]];
        }
    }

    function getQuorum(uint256 epoch, uint256 quorumId) external view returns (address[] memory rows) {
        uint16[] memory indexes = _indexes(epoch, quorumId);
        address[] memory signers = _registered[epoch];
        rows = new address[](ROWS);
        for (uint256 i = 0; i < ROWS; i++) rows[i] = signers[indexes[i % indexes.length]];
    }

    function getQuorumRow(uint256 epoch, uint256 quorumId, uint32 rowIndex) external view returns (address) {
        if (quorumId >= _ballotCounts[epoch].length) revert DAQuorumUnknown(epoch, quorumId);
        if (rowIndex >= ROWS) revert DAQuorumRowUnknown(rowIndex);
        return _registered[epoch][_index(_ballots[epoch][quorumId], rowIndex % _ballotCounts[epoch][quorumId])];
    }

    /// @notice Takes a signer in, once, against a signature by its BLS key over its address and the chain.
    function registerSigner(SignerDetail memory detail, BN254.G1Point memory signature) external onlyRegistry {
        address signer = detail.signer;
        if (isSigner(signer)) revert DASignerExists(signer);
        bytes32 digest = keccak256(abi.encodePacked(signer, block.chainid, "0G_BN254_Pubkey_Registration"));
        if (!_isSigned(digest, signature, detail.pkG1, detail.pkG2)) revert DASignersInvalidSignature(signer);
        _signers[signer] = detail;
        emit NewSigner(signer, detail.pkG1, detail.pkG2);
        emit SocketUpdated(signer, detail.socket);
    }

    function updateSocket(string memory socket) external {
        if (msg.sender != tx.origin) revert DASignersSenderNotOrigin(msg.sender);
        if (!isSigner(msg.sender)) revert DASignerUnknown(msg.sender);
        _signers[msg.sender].socket = socket;
        emit SocketUpdated(msg.sender, socket);
    }

    function registeredEpoch(address account, uint256 epoch) external view returns (bool) {
        return _registrations[epoch][account].votes > 0;
    }

    /// @notice Puts a signer into the draw of the next epoch with `votes` ballots, against its signature over that epoch.
    function registerNextEpoch(
        address account,
        BN254.G1Point memory signature,
        uint256 votes
    ) external onlyRegistry {
        if (!isSigner(account)) revert DASignerUnknown(account);
        uint256 epoch = _epoch + 1;
        if (_registrations[epoch][account].votes > 0) revert DASignersAlreadyRegistered(account, epoch);
        if (votes == 0) revert DASignersNoVotes(account);
        SignerDetail storage detail = _signers[account];
        bytes32 digest = keccak256(abi.encodePacked(account, uint64(epoch), block.chainid));
        if (!_isSigned(digest, signature, detail.pkG1, detail.pkG2)) revert DASignersInvalidSignature(account);
        _registrations[epoch][account] = Registration(
            keccak256(abi.encodePacked(signature.X, signature.Y)),
            votes < MAX_VOTES_PER_SIGNER ? votes : MAX_VOTES_PER_SIGNER
        );
        _registered[epoch].push(account);
    }

    /// @notice Begins the next epoch when this one is over; does nothing before.
    function makeEpoch() external {
        if (_epochBlock > 0 && block.number < _epochBlock + _epochBlocks) return;
        uint256 epoch = ++_epoch;
        _epochBlock = block.number;
        uint256[] memory ballots = _drawBallots(epoch);
        if (ballots.length == 0) return;
        uint256 first;
        assembly ("memory-safe") {
            first := add(ballots, 32)
        }
        _sort(first, first + 32 * (ballots.length - 1));
        if (ballots.length < ROWS) {
            _keepQuorum(epoch, ballots, 0, ballots.length);
            return;
        }
        uint256 full = ballots.length / ROWS;
        if (full > MAX_QUORUMS) full = MAX_QUORUMS;
        for (uint256 i = 0; i < full; i++) _keepQuorum(epoch, ballots, i * ROWS, ROWS);
        if (full < MAX_QUORUMS && ballots.length % ROWS > 0) _keepQuorum(epoch, ballots, ballots.length - ROWS, ROWS);
    }

    /// @notice Sum of the keys of the rows whose bits are set. A signer counts with every row from its first set bit on.
    function getAggPkG1(
        uint256 epoch,
        uint256 quorumId,
        bytes memory bitmap
    ) external view returns (BN254.G1Point memory aggPkG1, uint256 total, uint256 hit) {
        uint16[] memory indexes = _indexes(epoch, quorumId);
        if (bitmap.length != (ROWS + 7) / 8) revert DAQuorumBitmapLength((ROWS + 7) / 8, bitmap.length);
        address[] memory signers = _registered[epoch];
        bool[] memory isAdded = new bool[](signers.length);
        total = ROWS;
        for (uint256 row = 0; row < ROWS; row++) {
            uint256 index = indexes[row % indexes.length];
            if (!isAdded[index]) {
                if ((uint8(bitmap[row >> 3]) >> (row & 7)) & 1 == 0) continue;
                isAdded[index] = true;
                aggPkG1 = aggPkG1.add(_signers[signers[index]].pkG1);
            }
            hit++;
        }
    }

    /// @dev e(sig + γ·pkG1, −G2) · e(H + γ·G1, pkG2) = 1 says at once that the signature is of the key and both keys are one.
    function _isSigned(
        bytes32 digest,
        BN254.G1Point memory signature,
        BN254.G1Point memory pkG1,
        BN254.G2Point memory pkG2
    ) private view returns (bool) {
        BN254.G1Point memory hash = BN254.hashToG1(digest);
        uint256 gamma = uint256(
            keccak256(
                abi.encodePacked(
                    hash.X,
                    hash.Y,
                    signature.X,
                    signature.Y,
                    pkG1.X,
                    pkG1.Y,
                    pkG2.X[0],
                    pkG2.X[1],
                    pkG2.Y[0],
                    pkG2.Y[1]
                )
            )
        ) % BN254.R;
        return BN254.isPairing(signature.add(pkG1.mul(gamma)), hash.add(BN254.generator().mul(gamma)), pkG2);
    }

    /// @dev A ballot is a hash whose last two bytes are the index of its signer: sorting ballots sorts signers with them.
    function _drawBallots(uint256 epoch) private view returns (uint256[] memory ballots) {
        address[] memory signers = _registered[epoch];
        uint256 count;
        for (uint256 i = 0; i < signers.length; i++) count += _registrations[epoch][signers[i]].votes;
        if (count > MAX_BALLOTS) count = MAX_BALLOTS;
        ballots = new uint256[](count);
        uint256 next;
        unchecked {
            for (uint256 i = 0; i < signers.length && next < count; i++) {
                Registration memory registration = _registrations[epoch][signers[i]];
                bytes32 ballot = registration.firstBallot;
                uint256 end = next + registration.votes;
                if (end > count) end = count;
                for (; next < end; next++) {
                    ballots[next] = (uint256(ballot) & ~INDEX_MASK) | i;
                    assembly ("memory-safe") {
                        mstore(0, ballot)
                        ballot := keccak256(0, 32)
                    }
                }
            }
        }
    }

    function _keepQuorum(uint256 epoch, uint256[] memory ballots, uint256 start, uint256 count) private {
        uint256[] storage words = _ballots[epoch][_ballotCounts[epoch].length];
        for (uint256 i = 0; i < count; i += INDEXES_PER_WORD) {
            uint256 word;
            uint256 left = count - i;
            unchecked {
                for (uint256 j = 0; j < INDEXES_PER_WORD && j < left; j++)
                    word |= (ballots[start + i + j] & INDEX_MASK) << (16 * j);
            }
            words.push(word);
        }
        _ballotCounts[epoch].push(count);
    }

    function _indexes(uint256 epoch, uint256 quorumId) private view returns (uint16[] memory indexes) {
        if (quorumId >= _ballotCounts[epoch].length) revert DAQuorumUnknown(epoch, quorumId);
        uint256[] memory words = _ballots[epoch][quorumId];
        indexes = new uint16[](_ballotCounts[epoch][quorumId]);
        for (uint256 i = 0; i < indexes.length; i++)
            indexes[i] = uint16(words[i / INDEXES_PER_WORD] >> (16 * (i % INDEXES_PER_WORD)));
    }

    function _index(uint256[] storage words, uint256 i) private view returns (uint256) {
        return (words[i / INDEXES_PER_WORD] >> (16 * (i % INDEXES_PER_WORD))) & INDEX_MASK;
    }

    /// @dev Sorts what lies between two places of memory, both included.
    function _sort(uint256 low, uint256 high) private pure {
        if (low >= high) return;
        uint256 left = low;
        uint256 right = high;
        assembly ("memory-safe") {
            let pivot := mload(add(low, mul(shr(6, sub(high, low)), 32)))
            for {} 1 {} {
                let a := mload(left)
                for {} lt(a, pivot) {} {
                    left := add(left, 32)
                    a := mload(left)
                }
                let b := mload(right)
                for {} gt(b, pivot) {} {
                    right := sub(right, 32)
                    b := mload(right)
                }
                if iszero(lt(left, right)) { break }
                mstore(left, b)
                mstore(right, a)
                left := add(left, 32)
                right := sub(right, 32)
            }
        }
        _sort(low, right);
        _sort(right + 32, high);
    }
}

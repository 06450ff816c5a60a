// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// The left siblings that later leaves still need, by height, and the number of sectors placed.
struct FlowTree {
    mapping(uint256 height => bytes32) frontier;
    uint256 currentLength;
}

/// Append-only Merkle tree over sectors. A sector nobody wrote counts as 256 zero bytes; sector 0 is the raw zero hash.
library FlowTreeLib {
    /// keccak256 of 256 zero bytes.
    bytes32 private constant ZERO_SECTOR = 0xd397b3b043d87fcd6fad1291ff0bfd16401c274896d8c63a923727f077b8e0b5;
    uint256 private constant SEGMENT_SECTORS = 1024;

    function initialize(FlowTree storage self) internal {
        self.currentLength = 1;
    }

    /// First sector of a submission of `size` sectors whose first node has height `firstHeight`, after padding up to it.
    /// A submission that does not start on a segment boundary never crosses one.
    function alignTo(FlowTree storage self, uint256 firstHeight, uint256 size) internal returns (uint256 start) {
        start = nextAlign(self.currentLength, 1 << firstHeight);
        if (start % SEGMENT_SECTORS != 0 && start / SEGMENT_SECTORS != (start + size - 1) / SEGMENT_SECTORS) {
            start = nextAlign(self.currentLength, SEGMENT_SECTORS);
        }
        pad(self, start);
    }

    /// Places a perfect subtree of 2^height sectors at the end, which is a multiple of its size.
    function append(FlowTree storage self, bytes32 node, uint256 height) internal {
        uint256 index = self.currentLength >> height;
        self.currentLength += 1 << height;
        while (index & 1 == 1) {
            node = hashPair(self.frontier[height], node);
            index >>= 1;
            ++height;
        }
        self.frontier[height] = node;
    }

    /// Fills with zero sectors up to `start`, the next multiple of some power of two.
    function pad(FlowTree storage self, uint256 start) private {
        uint256 position = self.currentLength;
        if (position == start) return;
        uint256 height = 0;
        bytes32 zero = ZERO_SECTOR;
        while ((position >> height) & 1 == 0) {
            zero = hashPair(zero, zero);
            ++height;
        }
        bytes32 node = self.frontier[height];
        while (true) {
            if ((position >> height) & 1 == 0) {
                node = hashPair(self.frontier[height], node);
            } else if (position < start) {
                node = hashPair(node, zero);
                position += 1 << height;
            } else {
                break;
            }
            zero = hashPair(zero, zero);
            ++height;
        }
        self.frontier[height] = node;
        self.currentLength = start;
    }

    /// Root of the smallest perfect tree over all sectors placed.
    function root(FlowTree storage self) internal view returns (bytes32 node) {
        uint256 length = self.currentLength;
        uint256 height = depth(self);
        if (length == 1 << height) return self.frontier[height];
        bytes32 zero = ZERO_SECTOR;
        node = zero;
        for (uint256 level = 0; level < height; ++level) {
            node = (length >> level) & 1 == 1 ? hashPair(self.frontier[level], node) : hashPair(node, zero);
            zero = hashPair(zero, zero);
        }
    }

    /// ceil(log2(currentLength)).
    function depth(FlowTree storage self) internal view returns (uint256 levels) {
        while (1 << levels < self.currentLength) ++levels;
    }

    function nextAlign(uint256 length, uint256 alignment) private pure returns (uint256) {
        return (length + alignment - 1) & ~(alignment - 1);
    }

    function hashPair(bytes32 left, bytes32 right) private pure returns (bytes32 parent) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            parent := keccak256(0x00, 0x40)
        }
    }
}

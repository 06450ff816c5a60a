// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// One perfect subtree of a file: `height` = log2 of the sectors it covers.
struct SubmissionNode {
    bytes32 root;
    uint256 height;
}

/// `length` is the file size in bytes; `tags` is free data carried by the event.
struct SubmissionData {
    uint256 length;
    bytes tags;
    SubmissionNode[] nodes;
}

struct Submission {
    SubmissionData data;
    address submitter;
}

/// Size, identity and well-formedness of a submission.
library SubmissionLib {
    /// A sector is 256 bytes.
    uint256 private constant SECTOR_BYTES = 256;
    uint256 private constant MAX_HEIGHT = 64;

    /// Sectors covered by all nodes.
    function sectors(SubmissionData calldata data) internal pure returns (uint256 total) {
        for (uint256 i = 0; i < data.nodes.length; ++i) total += 1 << data.nodes[i].height;
    }

    /// keccak256 of the node roots, concatenated.
    function digest(SubmissionData calldata data) internal pure returns (bytes32) {
        bytes32[] memory roots = new bytes32[](data.nodes.length);
        for (uint256 i = 0; i < roots.length; ++i) roots[i] = data.nodes[i].root;
        return keccak256(abi.encodePacked(roots));
    }

    /// True when the nodes are the minimal padding of `length` bytes: heights strictly decreasing over a span below four.
    function valid(SubmissionData calldata data) internal pure returns (bool) {
        uint256 count = data.nodes.length;
        if (count == 0) return false;
        uint256 first = data.nodes[0].height;
        uint256 last = data.nodes[count - 1].height;
        if (first >= MAX_HEIGHT) return false;
        for (uint256 i = 1; i < count; ++i) {
            if (data.nodes[i].height >= data.nodes[i - 1].height) return false;
        }
        if (first - last >= 4) return false;
        uint256 capacity = sectors(data);
        uint256 below;
        if (capacity < 16) below = capacity - 1;
        else if (count == 1) below = capacity - (capacity >> 4);
        else below = capacity - (1 << (first - 3));
        return data.length <= capacity * SECTOR_BYTES && data.length > below * SECTOR_BYTES;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// The last `capacity` digests, oldest overwritten first.
contract DigestHistory is Ownable {
    uint256 private immutable capacity;
    uint256 private inserted;
    mapping(uint256 slot => bytes32) private digests;
    mapping(bytes32 digest => uint256) private lastIndexPlusOne;

    error IndexNotAvailable(uint256 index);

    constructor(uint256 capacity_) Ownable(msg.sender) {
        capacity = capacity_;
    }

    function insert(bytes32 digest) external onlyOwner returns (uint256 index) {
        index = inserted++;
        digests[index % capacity] = digest;
        lastIndexPlusOne[digest] = index + 1;
    }

    function at(uint256 index) external view returns (bytes32) {
        if (!available(index)) revert IndexNotAvailable(index);
        return digests[index % capacity];
    }

    function available(uint256 index) public view returns (bool) {
        return index < inserted && index + capacity >= inserted;
    }

    function contains(bytes32 digest) external view returns (bool) {
        uint256 found = lastIndexPlusOne[digest];
        return found != 0 && available(found - 1);
    }
}

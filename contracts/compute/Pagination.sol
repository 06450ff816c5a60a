// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Bounds of one page of a list
library Pagination {
    uint256 internal constant DEFAULT_LIMIT = 50;

    /// @return start first index of the page
    /// @return count number of entries on it; 0 beyond the end
    function page(uint256 total, uint256 offset, uint256 limit) internal pure returns (uint256 start, uint256 count) {
        if (offset >= total) return (offset, 0);
        uint256 wanted = limit == 0 ? DEFAULT_LIMIT : limit;
        uint256 left = total - offset;
        return (offset, wanted < left ? wanted : left);
    }
}

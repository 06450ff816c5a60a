// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {AgentRecords} from "./AgentRecords.sol";
import {IERC7857Authorize} from "./IERC7857.sol";

/// Who may have an agent work for them without owning it. The list is only kept here; whoever runs the agent obeys it.
/// A new owner starts with an empty list, and no event says so: followers read that from the token's Transfer event.
abstract contract UsageRights is AgentRecords, IERC7857Authorize {
    using EnumerableSet for EnumerableSet.AddressSet;

    event AuthorizedUsersCleared(address indexed owner, uint256 indexed tokenId);

    error NoUsersGiven();

    /// @custom:storage-location erc7201:0g.storage.ERC7857Authorize
    struct ERC7857AuthorizeStorage {
        mapping(uint256 tokenId => EnumerableSet.AddressSet) authorizedUsers;
    }

    /// Emptying the list is part of every transfer, so its length bounds what a transfer can cost.
    uint256 public constant MAX_AUTHORIZED_USERS = 100;

    bytes32 private constant STATE = 0xf386e9faca35fbde2fe950510f665060c1dd15a136a76c268b6e6459b9945700;

    function authorizedUsersOf(uint256 tokenId) external view returns (address[] memory) {
        _requireOwned(tokenId);
        return _usersOf(tokenId).values();
    }

    function authorizeUsage(uint256 tokenId, address to) external onlyAgentOwner(tokenId) {
        _admit(tokenId, to);
    }

    function batchAuthorizeUsage(uint256 tokenId, address[] calldata users) external onlyAgentOwner(tokenId) {
        if (users.length == 0) revert NoUsersGiven();
        for (uint256 i = 0; i < users.length; ++i) _admit(tokenId, users[i]);
    }

    function revokeAuthorization(uint256 tokenId, address user) external onlyAgentOwner(tokenId) {
        _needUser(user);
        if (!_usersOf(tokenId).remove(user)) revert ERC7857NotAuthorized();
        emit AuthorizationRevoked(msg.sender, user, tokenId);
    }

    function clearAuthorizedUsers(uint256 tokenId) external onlyAgentOwner(tokenId) {
        _usersOf(tokenId).clear();
        emit AuthorizedUsersCleared(msg.sender, tokenId);
    }

    function _admit(uint256 tokenId, address user) private {
        _needUser(user);
        EnumerableSet.AddressSet storage users = _usersOf(tokenId);
        if (users.length() == MAX_AUTHORIZED_USERS) revert ERC7857TooManyAuthorizedUsers();
        if (!users.add(user)) revert ERC7857AlreadyAuthorized();
        emit Authorization(msg.sender, user, tokenId);
    }

    function _update(address to, uint256 tokenId, address auth) internal virtual override returns (address from) {
        from = super._update(to, tokenId, auth);
        _usersOf(tokenId).clear();
    }

    function _needUser(address user) private pure {
        if (user == address(0)) revert ERC7857InvalidAuthorizedUser(user);
    }

    function _usersOf(uint256 tokenId) private view returns (EnumerableSet.AddressSet storage) {
        ERC7857AuthorizeStorage storage state;
        assembly {
            state.slot := STATE
        }
        return state.authorizedUsers[tokenId];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IERC7857Authorize} from "./IERC7857.sol";
import {ERC7857Upgradeable} from "./ERC7857Upgradeable.sol";

/// List of addresses that may use an agent without owning it. Every transfer empties the list without an event, so whoever
/// follows it must take the token's Transfer event as "cleared".
abstract contract ERC7857AuthorizeUpgradeable is ERC7857Upgradeable, IERC7857Authorize {
    using EnumerableSet for EnumerableSet.AddressSet;

    uint256 public constant MAX_AUTHORIZED_USERS = 100;

    event AuthorizedUsersCleared(address indexed owner, uint256 indexed tokenId);

    /// @custom:storage-location erc7201:0g.storage.ERC7857Authorize
    struct ERC7857AuthorizeStorage {
        mapping(uint256 tokenId => EnumerableSet.AddressSet) authorizedUsers;
    }

    bytes32 private constant AUTHORIZE_STORAGE = 0xf386e9faca35fbde2fe950510f665060c1dd15a136a76c268b6e6459b9945700;

    function _usersOf(uint256 tokenId) private view returns (EnumerableSet.AddressSet storage) {
        ERC7857AuthorizeStorage storage $;
        assembly {
            $.slot := AUTHORIZE_STORAGE
        }
        return $.authorizedUsers[tokenId];
    }

    function authorizedUsersOf(uint256 tokenId) public view returns (address[] memory) {
        _requireOwned(tokenId);
        return _usersOf(tokenId).values();
    }

    function authorizeUsage(uint256 tokenId, address to) public {
        _requireTokenOwner(tokenId);
        _authorize(tokenId, to);
    }

    function batchAuthorizeUsage(uint256 tokenId, address[] calldata users) public {
        require(users.length > 0, "Empty users array");
        _requireTokenOwner(tokenId);
        for (uint256 i = 0; i < users.length; ++i) _authorize(tokenId, users[i]);
    }

    function revokeAuthorization(uint256 tokenId, address user) public {
        _requireTokenOwner(tokenId);
        if (user == address(0)) revert ERC7857InvalidAuthorizedUser(user);
        if (!_usersOf(tokenId).remove(user)) revert ERC7857NotAuthorized();
        emit AuthorizationRevoked(msg.sender, user, tokenId);
    }

    function clearAuthorizedUsers(uint256 tokenId) public {
        _requireTokenOwner(tokenId);
        _usersOf(tokenId).clear();
        emit AuthorizedUsersCleared(msg.sender, tokenId);
    }

    function _authorize(uint256 tokenId, address user) private {
        if (user == address(0)) revert ERC7857InvalidAuthorizedUser(user);
        EnumerableSet.AddressSet storage users = _usersOf(tokenId);
        if (users.length() >= MAX_AUTHORIZED_USERS) revert ERC7857TooManyAuthorizedUsers();
        if (!users.add(user)) revert ERC7857AlreadyAuthorized();
        emit Authorization(msg.sender, user, tokenId);
    }

    function _requireTokenOwner(uint256 tokenId) internal view {
        address owner = _ownerOf(tokenId);
        if (owner != msg.sender) revert ERC721IncorrectOwner(msg.sender, tokenId, owner);
    }

    function _update(address to, uint256 tokenId, address auth) internal virtual override returns (address from) {
        from = super._update(to, tokenId, auth);
        _usersOf(tokenId).clear();
    }
}

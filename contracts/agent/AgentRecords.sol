// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Administered} from "./Administered.sol";
import {IERC7857, IntelligentData} from "./IERC7857.sol";

/// The agents: their numbers, and for each the commitments to its encrypted data. What the data is stays off the chain.
abstract contract AgentRecords is Administered, ERC721Upgradeable, IERC7857 {
    /// @custom:storage-location erc7201:0g.storage.ERC7857Cloneable
    struct ERC7857CloneableStorage {
        uint256 nextTokenId;
    }

    /// @custom:storage-location erc7201:0g.storage.ERC7857IDataStorage
    struct ERC7857IDataStorage {
        mapping(uint256 tokenId => IntelligentData[]) datas;
    }

    bytes32 private constant COUNTER = 0x03de6cf14ecf4575e0ed0cc2fdb9b7ee13500cb3c0c403254fc893bf6e0c8000;
    bytes32 private constant RECORDS = 0xcee27158032fdbe7e1246476ff878669b520bc82ee1a949d22135b88cc5f5b00;

    /// An approved operator may move an agent, but what it is and who may use it is its owner's alone to say.
    modifier onlyAgentOwner(uint256 tokenId) {
        address owner = _ownerOf(tokenId);
        if (msg.sender != owner) revert ERC721IncorrectOwner(msg.sender, tokenId, owner);
        _;
    }

    function intelligentDatasOf(uint256 tokenId) public view returns (IntelligentData[] memory) {
        _requireOwned(tokenId);
        return _recordOf(tokenId);
    }

    /// Names what deployed contracts name: the data, authorisation and clone interfaces are there, but answered with false.
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(AccessControlUpgradeable, ERC721Upgradeable, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC7857).interfaceId || super.supportsInterface(interfaceId);
    }

    /// Numbers agents from 0, minted and cloned alike.
    function _nextAgent() internal returns (uint256 tokenId) {
        ERC7857CloneableStorage storage counter;
        assembly {
            counter.slot := COUNTER
        }
        return counter.nextTokenId++;
    }

    function _recordOf(uint256 tokenId) internal view returns (IntelligentData[] storage) {
        ERC7857IDataStorage storage records;
        assembly {
            records.slot := RECORDS
        }
        return records.datas[tokenId];
    }

    /// Announces old and new together, so that the log alone tells the history of an agent.
    function _record(uint256 tokenId, IntelligentData[] memory datas) internal {
        IntelligentData[] storage kept = _recordOf(tokenId);
        emit Updated(tokenId, kept, datas);
        while (kept.length > datas.length) kept.pop();
        for (uint256 i = 0; i < datas.length; ++i) {
            if (i < kept.length) kept[i] = datas[i];
            else kept.push(datas[i]);
        }
    }
}

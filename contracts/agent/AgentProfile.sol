// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {AgentRecords} from "./AgentRecords.sol";
import {IntelligentData} from "./IERC7857.sol";

/// What is shown of an agent: where its description is and who made it. Its state also holds the admin and the mint fee,
/// because deployed contracts keep all of it in one place.
abstract contract AgentProfile is AgentRecords {
    event CreatorSet(uint256 indexed tokenId, address indexed creator);
    event BaseURIUpdated(string oldBaseURI, string newBaseURI);
    event TokenURIUpdated(uint256 indexed tokenId, string newURI);

    /// @custom:storage-location erc7201:agent.storage.AgentNFT
    struct AgentNFTStorage {
        string storageInfo;
        address admin;
        uint256 mintFee;
        string baseURI;
        mapping(uint256 tokenId => string) customURIs;
        mapping(uint256 tokenId => address) creators;
    }

    // The slot deployed contracts use. ERC-7201 would derive another one from the namespace.
    bytes32 private constant STATE = 0x4aa80aaafbe0e5fe3fe1aa97f3c1f8c65d61f96ef1aab2b448154f4e07594600;

    /// The most specific that is set: the agent's own, the collection's, the description of the agent's first data.
    function tokenURI(uint256 tokenId)
        public
        view
        virtual
        override(ERC721Upgradeable, IERC721Metadata)
        returns (string memory uri)
    {
        _requireOwned(tokenId);
        uri = _profile().customURIs[tokenId];
        if (bytes(uri).length > 0) return uri;
        uri = _profile().baseURI;
        if (bytes(uri).length > 0) return string.concat(uri, Strings.toString(tokenId));
        IntelligentData[] storage datas = _recordOf(tokenId);
        if (datas.length > 0) uri = datas[0].dataDescription;
    }

    function setTokenURI(uint256 tokenId, string memory newURI) external onlyAgentOwner(tokenId) {
        _profile().customURIs[tokenId] = newURI;
        emit TokenURIUpdated(tokenId, newURI);
    }

    function setBaseURI(string memory newBaseURI) external onlyRole(OPERATOR_ROLE) {
        emit BaseURIUpdated(_profile().baseURI, newBaseURI);
        _profile().baseURI = newBaseURI;
    }

    function setCreator(uint256 tokenId, address creator) external onlyRole(OPERATOR_ROLE) {
        _requireOwned(tokenId);
        _credit(tokenId, creator);
    }

    /// Set only for agents minted on someone's behalf; a market shares its fee with that address.
    function creatorOf(uint256 tokenId) external view returns (address) {
        return _profile().creators[tokenId];
    }

    /// JSON that tells clients where the data of all agents is stored.
    function storageInfo() external view returns (string memory) {
        return _profile().storageInfo;
    }

    function admin() public view override returns (address) {
        return _profile().admin;
    }

    function _storeAdmin(address newAdmin) internal override {
        _profile().admin = newAdmin;
    }

    function _credit(uint256 tokenId, address creator) internal {
        _profile().creators[tokenId] = creator;
        emit CreatorSet(tokenId, creator);
    }

    function _profile() internal pure returns (AgentNFTStorage storage state) {
        assembly {
            state.slot := STATE
        }
    }
}

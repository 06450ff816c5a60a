// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {AgentProfile} from "./AgentProfile.sol";
import {IntelligentData} from "./IERC7857.sol";
import {MintFee} from "./MintFee.sol";
import {SealedTransfer} from "./SealedTransfer.sol";
import {UsageRights} from "./UsageRights.sol";

/// An agent as a token: ERC-721 whose tokens carry commitments to encrypted data, in the dialect 0G's networks speak.
/// This file makes agents; moving, using, showing and charging for them are in its bases. (0G agent spec §2.5)
contract AgentNFT is SealedTransfer, UsageRights, MintFee, PausableUpgradeable, ReentrancyGuard {
    event AdminChanged(address indexed _oldAdmin, address indexed _newAdmin);

    /// Mints free of charge, and says who an agent was made by: meant for markets, which charge in their own way.
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    modifier withData(IntelligentData[] calldata iDatas) {
        require(iDatas.length > 0, "Empty data array");
        _;
    }

    function initialize(
        string memory name_,
        string memory symbol_,
        string memory storageInfo_,
        address verifierAddr,
        address admin_
    ) external initializer {
        __ERC721_init(name_, symbol_);
        _appointAdmin(admin_);
        _grantRole(MINTER_ROLE, admin_);
        _trustVerifier(verifierAddr);
        _profile().storageInfo = storageInfo_;
    }

    // Open to everyone who pays.

    function mint(IntelligentData[] calldata iDatas, address to)
        external
        payable
        nonReentrant
        chargingMintFee
        withData(iDatas)
        returns (uint256 tokenId)
    {
        return _create(to, iDatas, "", address(0));
    }

    function mint(address to) external payable nonReentrant chargingMintFee returns (uint256 tokenId) {
        return _create(to, _nothing(), "", address(0));
    }

    function mint(address to, string memory uri)
        external
        payable
        nonReentrant
        chargingMintFee
        returns (uint256 tokenId)
    {
        return _create(to, _nothing(), uri, address(0));
    }

    // For minters.

    function mintWithRole(IntelligentData[] calldata iDatas, address to)
        external
        onlyRole(MINTER_ROLE)
        withData(iDatas)
        returns (uint256 tokenId)
    {
        return _create(to, iDatas, "", address(0));
    }

    function mintWithRole(IntelligentData[] calldata iDatas, address to, address creator)
        external
        onlyRole(MINTER_ROLE)
        withData(iDatas)
        returns (uint256 tokenId)
    {
        return _create(to, iDatas, "", creator);
    }

    function mintWithRole(address to) external onlyRole(MINTER_ROLE) returns (uint256 tokenId) {
        return _create(to, _nothing(), "", address(0));
    }

    function mintWithRole(address to, string memory uri) external onlyRole(MINTER_ROLE) returns (uint256 tokenId) {
        return _create(to, _nothing(), uri, address(0));
    }

    function mintWithRole(address to, string memory uri, address creator)
        external
        onlyRole(MINTER_ROLE)
        returns (uint256 tokenId)
    {
        return _create(to, _nothing(), uri, creator);
    }

    /// Replaces the data of an agent: how its memory grows.
    function update(uint256 tokenId, IntelligentData[] calldata newDatas)
        external
        whenNotPaused
        onlyAgentOwner(tokenId)
        withData(newDatas)
    {
        _record(tokenId, newDatas);
    }

    function grantMinterRole(address minter) external onlyRole(ADMIN_ROLE) {
        _needAddress(minter, "minter");
        _grantRole(MINTER_ROLE, minter);
    }

    function revokeMinterRole(address minter) external onlyRole(ADMIN_ROLE) {
        _revokeRole(MINTER_ROLE, minter);
    }

    /// The one way an agent comes to be. The receiver is told last, when all there is to know about the agent can be read.
    function _create(address to, IntelligentData[] memory datas, string memory uri, address creator)
        private
        whenNotPaused
        returns (uint256 tokenId)
    {
        require(to != address(0), "Zero address");
        tokenId = _nextAgent();
        _mint(to, tokenId);
        if (datas.length > 0) _record(tokenId, datas);
        if (bytes(uri).length > 0) _profile().customURIs[tokenId] = uri;
        if (creator != address(0)) _credit(tokenId, creator);
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), to, tokenId, "");
    }

    function _nothing() private pure returns (IntelligentData[] memory) {
        return new IntelligentData[](0);
    }

    /// On the public networks a new admin does not take over stopping and minting; these are granted and revoked by name.
    function _operatorFollowsAdmin() internal pure override returns (bool) {
        return false;
    }

    function _announceAdmin(address oldAdmin, address newAdmin) internal override {
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function _stop() internal override {
        _pause();
    }

    function _resume() internal override {
        _unpause();
    }

    function tokenURI(uint256 tokenId)
        public
        view
        override(ERC721Upgradeable, IERC721Metadata, AgentProfile)
        returns (string memory)
    {
        return super.tokenURI(tokenId);
    }

    function _update(address to, uint256 tokenId, address auth)
        internal
        override(ERC721Upgradeable, UsageRights)
        returns (address from)
    {
        return super._update(to, tokenId, auth);
    }
}

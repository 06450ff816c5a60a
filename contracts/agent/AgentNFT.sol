// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IntelligentData} from "./IERC7857.sol";
import {ERC7857Upgradeable} from "./ERC7857Upgradeable.sol";
import {ERC7857AuthorizeUpgradeable} from "./ERC7857AuthorizeUpgradeable.sol";

/// An agent as a token: ERC-721 whose tokens carry hashes of encrypted data (ERC-7857 as 0G's agent NFT speaks it).
contract AgentNFT is AccessControlUpgradeable, PausableUpgradeable, ReentrancyGuard, ERC7857AuthorizeUpgradeable {
    event AdminChanged(address indexed _oldAdmin, address indexed _newAdmin);
    event CreatorSet(uint256 indexed tokenId, address indexed creator);
    event MintFeeUpdated(uint256 oldFee, uint256 newFee);
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

    bytes32 public constant ADMIN_ROLE = keccak256("ADMIN_ROLE");
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    string public constant VERSION = "1.0.0";

    // Not what ERC-7201 derives from the namespace: this is the slot deployed contracts use, kept for storage compatibility.
    bytes32 private constant AGENT_STORAGE = 0x4aa80aaafbe0e5fe3fe1aa97f3c1f8c65d61f96ef1aab2b448154f4e07594600;

    function _agent() private pure returns (AgentNFTStorage storage $) {
        assembly {
            $.slot := AGENT_STORAGE
        }
    }

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function initialize(
        string memory name_,
        string memory symbol_,
        string memory storageInfo_,
        address verifierAddr,
        address admin_
    ) public initializer {
        require(verifierAddr != address(0), "Zero address");
        require(admin_ != address(0), "Invalid admin address");
        __AccessControl_init();
        __Pausable_init();
        __ERC7857_init(name_, symbol_, verifierAddr);

        _grantRole(DEFAULT_ADMIN_ROLE, admin_);
        _grantRole(ADMIN_ROLE, admin_);
        _grantRole(OPERATOR_ROLE, admin_);
        _grantRole(MINTER_ROLE, admin_);
        _agent().storageInfo = storageInfo_;
        _agent().admin = admin_;
    }

    /// Open to everyone for the mint fee; what is paid beyond it comes back.
    function mint(IntelligentData[] calldata iDatas, address to)
        public
        payable
        whenNotPaused
        nonReentrant
        returns (uint256 tokenId)
    {
        tokenId = _mintAgent(iDatas, to);
        _takeMintFee();
    }

    function mint(address to) public payable returns (uint256 tokenId) {
        return mint(to, "");
    }

    function mint(address to, string memory uri)
        public
        payable
        whenNotPaused
        nonReentrant
        returns (uint256 tokenId)
    {
        tokenId = _mintPlain(to, uri);
        _takeMintFee();
    }

    function mintWithRole(IntelligentData[] calldata iDatas, address to)
        public
        whenNotPaused
        onlyRole(MINTER_ROLE)
        returns (uint256 tokenId)
    {
        return _mintAgent(iDatas, to);
    }

    function mintWithRole(IntelligentData[] calldata iDatas, address to, address creator)
        public
        whenNotPaused
        onlyRole(MINTER_ROLE)
        returns (uint256 tokenId)
    {
        tokenId = _mintAgent(iDatas, to);
        if (creator != address(0)) _setCreator(tokenId, creator);
    }

    function mintWithRole(address to) public returns (uint256 tokenId) {
        return mintWithRole(to, "");
    }

    function mintWithRole(address to, string memory uri)
        public
        whenNotPaused
        onlyRole(MINTER_ROLE)
        returns (uint256 tokenId)
    {
        return _mintPlain(to, uri);
    }

    function mintWithRole(address to, string memory uri, address creator)
        public
        whenNotPaused
        onlyRole(MINTER_ROLE)
        returns (uint256 tokenId)
    {
        tokenId = _mintPlain(to, uri);
        if (creator != address(0)) _setCreator(tokenId, creator);
    }

    /// Replaces the data of a token: how an agent's memory grows.
    function update(uint256 tokenId, IntelligentData[] calldata newDatas) public whenNotPaused {
        require(_ownerOf(tokenId) == msg.sender, "Not owner");
        require(newDatas.length > 0, "Empty data array");
        _updateData(tokenId, newDatas);
    }

    function _mintAgent(IntelligentData[] calldata iDatas, address to) private returns (uint256 tokenId) {
        require(to != address(0), "Zero address");
        require(iDatas.length > 0, "Empty data array");
        tokenId = _takeTokenId();
        _safeMint(to, tokenId);
        _updateData(tokenId, iDatas);
    }

    function _mintPlain(address to, string memory uri) private returns (uint256 tokenId) {
        require(to != address(0), "Zero address");
        tokenId = _takeTokenId();
        _safeMint(to, tokenId);
        if (bytes(uri).length > 0) _agent().customURIs[tokenId] = uri;
    }

    function _takeMintFee() private {
        uint256 fee = _agent().mintFee;
        require(msg.value >= fee, "Insufficient mint fee");
        if (msg.value > fee) {
            (bool refunded,) = payable(msg.sender).call{value: msg.value - fee}("");
            require(refunded, "Refund failed");
        }
    }

    function tokenURI(uint256 tokenId)
        public
        view
        override(ERC721Upgradeable, IERC721Metadata)
        returns (string memory)
    {
        _requireOwned(tokenId);
        AgentNFTStorage storage $ = _agent();
        if (bytes($.customURIs[tokenId]).length > 0) return $.customURIs[tokenId];
        if (bytes($.baseURI).length > 0) return string.concat($.baseURI, Strings.toString(tokenId));
        IntelligentData[] storage datas = _datasOf(tokenId);
        return datas.length > 0 ? datas[0].dataDescription : "";
    }

    function setTokenURI(uint256 tokenId, string memory newURI) external {
        require(_ownerOf(tokenId) == msg.sender, "Not owner");
        _agent().customURIs[tokenId] = newURI;
        emit TokenURIUpdated(tokenId, newURI);
    }

    function setBaseURI(string memory newBaseURI) external onlyRole(OPERATOR_ROLE) {
        emit BaseURIUpdated(_agent().baseURI, newBaseURI);
        _agent().baseURI = newBaseURI;
    }

    function storageInfo() public view returns (string memory) {
        return _agent().storageInfo;
    }

    function admin() public view returns (address) {
        return _agent().admin;
    }

    function creatorOf(uint256 tokenId) public view returns (address) {
        return _agent().creators[tokenId];
    }

    function getMintFee() external view returns (uint256) {
        return _agent().mintFee;
    }

    function setCreator(uint256 tokenId, address creator) external onlyRole(OPERATOR_ROLE) {
        require(_ownerOf(tokenId) != address(0), "Token does not exist");
        _setCreator(tokenId, creator);
    }

    function _setCreator(uint256 tokenId, address creator) private {
        _agent().creators[tokenId] = creator;
        emit CreatorSet(tokenId, creator);
    }

    function setMintFee(uint256 newMintFee) external onlyRole(ADMIN_ROLE) {
        emit MintFeeUpdated(_agent().mintFee, newMintFee);
        _agent().mintFee = newMintFee;
    }

    function withdrawFees() external onlyRole(ADMIN_ROLE) {
        uint256 balance = address(this).balance;
        require(balance > 0, "No fees to withdraw");
        (bool sent,) = payable(_agent().admin).call{value: balance}("");
        require(sent, "Transfer failed");
    }

    /// Hands over DEFAULT_ADMIN and ADMIN; OPERATOR and MINTER stay with the old admin, as on the public networks.
    function setAdmin(address newAdmin) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(newAdmin != address(0), "Invalid admin address");
        address oldAdmin = _agent().admin;
        if (oldAdmin == newAdmin) return;
        _agent().admin = newAdmin;
        _grantRole(DEFAULT_ADMIN_ROLE, newAdmin);
        _grantRole(ADMIN_ROLE, newAdmin);
        _revokeRole(DEFAULT_ADMIN_ROLE, oldAdmin);
        _revokeRole(ADMIN_ROLE, oldAdmin);
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function grantMinterRole(address minter) external onlyRole(ADMIN_ROLE) {
        require(minter != address(0), "Invalid minter address");
        _grantRole(MINTER_ROLE, minter);
    }

    function revokeMinterRole(address minter) external onlyRole(ADMIN_ROLE) {
        _revokeRole(MINTER_ROLE, minter);
    }

    function updateVerifier(address newVerifier) public onlyRole(OPERATOR_ROLE) {
        require(newVerifier != address(0), "Zero address");
        _setVerifier(newVerifier);
    }

    function pause() external onlyRole(OPERATOR_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(OPERATOR_ROLE) {
        _unpause();
    }

    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(AccessControlUpgradeable, ERC7857Upgradeable)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }
}

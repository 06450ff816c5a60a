// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// Knows the one key whose signature stands for "a TEE did this". On a devnet that key belongs to the local agent oracle.
contract TEEVerifier is AccessControlUpgradeable {
    event AdminChanged(address indexed oldAdmin, address indexed newAdmin);
    event ContractPaused(address indexed admin);
    event ContractUnpaused(address indexed admin);
    event OracleAddressUpdated(address indexed oldOracleAddress, address indexed newOracleAddress);

    /// @custom:storage-location erc7201:0g.storage.TEEVerifier
    struct TEEVerifierStorage {
        address admin;
        bool paused;
        address teeOracleAddress;
    }

    bytes32 public constant ADMIN_ROLE = keccak256("ADMIN_ROLE");
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");
    string public constant VERSION = "1.0.0";

    // The deployed literal, which is not what ERC-7201 derives from the namespace.
    bytes32 private constant TEE_STORAGE = 0x51af5f1073ffa8c7a0dc3cb06ba2dbe8e5167b3efac5cd47b999a7ce04613400;

    function _tee() private pure returns (TEEVerifierStorage storage $) {
        assembly {
            $.slot := TEE_STORAGE
        }
    }

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function initialize(address _admin, address _teeOracleAddress) external initializer {
        require(_admin != address(0), "Invalid admin address");
        require(_teeOracleAddress != address(0), "Invalid oracle address");
        __AccessControl_init();
        _grantRole(DEFAULT_ADMIN_ROLE, _admin);
        _grantRole(ADMIN_ROLE, _admin);
        _grantRole(OPERATOR_ROLE, _admin);
        _tee().admin = _admin;
        _tee().teeOracleAddress = _teeOracleAddress;
    }

    /// True if the 65-byte signature over exactly this digest is the oracle's. A malformed signature reverts.
    function verifyTEESignature(bytes32 dataHash, bytes calldata signature) external view returns (bool) {
        require(!_tee().paused, "Contract is paused");
        require(signature.length == 65, "Invalid signature length");
        return ECDSA.recover(dataHash, signature) == _tee().teeOracleAddress;
    }

    function updateOracleAddress(address newOracleAddress) external onlyRole(ADMIN_ROLE) {
        require(newOracleAddress != address(0), "Invalid oracle address");
        emit OracleAddressUpdated(_tee().teeOracleAddress, newOracleAddress);
        _tee().teeOracleAddress = newOracleAddress;
    }

    function setAdmin(address newAdmin) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(newAdmin != address(0), "Invalid admin address");
        address oldAdmin = _tee().admin;
        if (oldAdmin == newAdmin) return;
        _tee().admin = newAdmin;
        _grantRole(DEFAULT_ADMIN_ROLE, newAdmin);
        _grantRole(ADMIN_ROLE, newAdmin);
        _grantRole(OPERATOR_ROLE, newAdmin);
        _revokeRole(DEFAULT_ADMIN_ROLE, oldAdmin);
        _revokeRole(ADMIN_ROLE, oldAdmin);
        _revokeRole(OPERATOR_ROLE, oldAdmin);
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function pause() external onlyRole(OPERATOR_ROLE) {
        _tee().paused = true;
        emit ContractPaused(msg.sender);
    }

    function unpause() external onlyRole(OPERATOR_ROLE) {
        _tee().paused = false;
        emit ContractUnpaused(msg.sender);
    }

    function admin() external view returns (address) {
        return _tee().admin;
    }

    function isPaused() external view returns (bool) {
        return _tee().paused;
    }

    function teeOracleAddress() external view returns (address) {
        return _tee().teeOracleAddress;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";

/// What the three agent contracts have in common: one named admin who can be succeeded, and an operator who can stop them.
/// Where the admin is stored and how its succession is announced differs between deployed contracts, hence the virtuals.
abstract contract Administered is AccessControlUpgradeable {
    error AddressRequired(string what);

    string public constant VERSION = "1.0.0";
    /// Changes what the contract trusts and charges.
    bytes32 public constant ADMIN_ROLE = keccak256("ADMIN_ROLE");
    /// Keeps it running: stops, resumes, edits what is shown.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// The implementation behind a beacon must never be initialised itself.
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function admin() public view virtual returns (address);

    function setAdmin(address newAdmin) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _needAddress(newAdmin, "admin");
        address oldAdmin = admin();
        // Handing a role to its holder would take it away again.
        if (newAdmin == oldAdmin) return;
        _storeAdmin(newAdmin);
        _handOver(DEFAULT_ADMIN_ROLE, oldAdmin, newAdmin);
        _handOver(ADMIN_ROLE, oldAdmin, newAdmin);
        if (_operatorFollowsAdmin()) _handOver(OPERATOR_ROLE, oldAdmin, newAdmin);
        _announceAdmin(oldAdmin, newAdmin);
    }

    function pause() external onlyRole(OPERATOR_ROLE) {
        _stop();
    }

    function unpause() external onlyRole(OPERATOR_ROLE) {
        _resume();
    }

    function _appointAdmin(address first) internal onlyInitializing {
        _needAddress(first, "admin");
        _storeAdmin(first);
        _grantRole(DEFAULT_ADMIN_ROLE, first);
        _grantRole(ADMIN_ROLE, first);
        _grantRole(OPERATOR_ROLE, first);
    }

    function _needAddress(address given, string memory what) internal pure {
        if (given == address(0)) revert AddressRequired(what);
    }

    function _storeAdmin(address newAdmin) internal virtual;

    function _announceAdmin(address oldAdmin, address newAdmin) internal virtual;

    function _operatorFollowsAdmin() internal pure virtual returns (bool) {
        return true;
    }

    function _stop() internal virtual;

    function _resume() internal virtual;

    function _handOver(bytes32 role, address from, address to) private {
        _grantRole(role, to);
        _revokeRole(role, from);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Administered} from "./Administered.sol";

/// Knows the one key whose signature stands for "a TEE did this". On a devnet that key belongs to the local agent oracle.
contract TEEVerifier is Administered {
    event AdminChanged(address indexed oldAdmin, address indexed newAdmin);
    event ContractPaused(address indexed admin);
    event ContractUnpaused(address indexed admin);
    event OracleAddressUpdated(address indexed oldOracleAddress, address indexed newOracleAddress);

    /// By the name and selector wallets know, although the flag is not OpenZeppelin's.
    error EnforcedPause();

    /// @custom:storage-location erc7201:0g.storage.TEEVerifier
    struct TEEVerifierStorage {
        address admin;
        bool paused;
        address teeOracleAddress;
    }

    // The slot deployed contracts use. ERC-7201 would derive another one from the namespace.
    bytes32 private constant STATE = 0x51af5f1073ffa8c7a0dc3cb06ba2dbe8e5167b3efac5cd47b999a7ce04613400;

    function initialize(address _admin, address _teeOracleAddress) external initializer {
        _appointAdmin(_admin);
        _needAddress(_teeOracleAddress, "oracle");
        _state().teeOracleAddress = _teeOracleAddress;
    }

    /// Whether the oracle signed exactly this digest. A signature that is not 65 bytes of r, s and v reverts.
    function verifyTEESignature(bytes32 dataHash, bytes calldata signature) external view returns (bool) {
        TEEVerifierStorage storage state = _state();
        if (state.paused) revert EnforcedPause();
        return ECDSA.recoverCalldata(dataHash, signature) == state.teeOracleAddress;
    }

    /// Ends every proof of the old key that is not used yet.
    function updateOracleAddress(address newOracleAddress) external onlyRole(ADMIN_ROLE) {
        _needAddress(newOracleAddress, "oracle");
        TEEVerifierStorage storage state = _state();
        emit OracleAddressUpdated(state.teeOracleAddress, newOracleAddress);
        state.teeOracleAddress = newOracleAddress;
    }

    function admin() public view override returns (address) {
        return _state().admin;
    }

    function isPaused() external view returns (bool) {
        return _state().paused;
    }

    function teeOracleAddress() external view returns (address) {
        return _state().teeOracleAddress;
    }

    function _storeAdmin(address newAdmin) internal override {
        _state().admin = newAdmin;
    }

    function _announceAdmin(address oldAdmin, address newAdmin) internal override {
        emit AdminChanged(oldAdmin, newAdmin);
    }

    function _stop() internal override {
        _state().paused = true;
        emit ContractPaused(msg.sender);
    }

    function _resume() internal override {
        _state().paused = false;
        emit ContractUnpaused(msg.sender);
    }

    function _state() private pure returns (TEEVerifierStorage storage state) {
        assembly {
            state.slot := STATE
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What can be read of staking, at its address on the public networks [0G chain spec §1.4]
/// @notice Simulated: a devnet has no consensus, so there is one validator, from the genesis, and nobody can join or leave.
contract Staking {
    struct Description {
        string moniker;
        string identity;
        string website;
        string securityContact;
        string details;
    }

    /// @dev The public key of the BLS key 1.
    bytes private constant PUBKEY =
        hex"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";

    error StakingSimulated();

    function validatorCount() external pure returns (uint32) {
        return 1;
    }

    function maxValidatorCount() external pure returns (uint32) {
        return 1;
    }

    /// @notice The contract of a validator; zero for every key but that of the simulated one.
    function getValidator(bytes memory pubkey) external view returns (address) {
        return keccak256(pubkey) == keccak256(PUBKEY) ? computeValidatorAddress(pubkey) : address(0);
    }

    /// @notice Where the contract of a validator stands; other than on the public networks for the same key.
    function computeValidatorAddress(bytes memory pubkey) public view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(address(this), pubkey)))));
    }

    function createValidator(bytes calldata) external pure returns (address) {
        revert StakingSimulated();
    }

    function initializeValidator(
        Description calldata,
        uint32,
        uint96,
        bytes calldata,
        bytes calldata
    ) external payable {
        revert StakingSimulated();
    }

    function createAndInitializeValidatorIfNecessary(
        Description calldata,
        uint32,
        uint96,
        bytes calldata,
        bytes calldata
    ) external payable {
        revert StakingSimulated();
    }
}

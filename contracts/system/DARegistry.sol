// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {BN254} from "./BN254.sol";
import {IDASigners} from "./IDASigners.sol";

/// @title The only door to registration with the DA signers [0G DA spec §3.4]
/// @notice At the address that DA nodes and DASigners have built in. Votes come from the balance of the caller.
contract DARegistry {
    uint256 public constant TOKENS_PER_VOTE = 30 ether;
    uint256 public constant MAX_VOTES = 102_400;
    IDASigners public constant DA_SIGNERS = IDASigners(0x0000000000000000000000000000000000001000);

    error ErrSenderNotOrigin();
    error ErrSenderNotSigner();
    error ErrSenderNotEligibleToVote();

    modifier onlyOrigin() {
        if (msg.sender != tx.origin) revert ErrSenderNotOrigin();
        _;
    }

    /// @notice Registers the caller as a signer.
    function registerSigner(
        IDASigners.SignerDetail memory _signer,
        BN254.G1Point memory _signature
    ) external onlyOrigin {
        if (_signer.signer != msg.sender) revert ErrSenderNotSigner();
        DA_SIGNERS.registerSigner(_signer, _signature);
    }

    /// @notice Puts the caller into the draw of the next epoch, one ballot for each 30 0G it holds.
    function registerNextEpoch(BN254.G1Point memory _signature) external onlyOrigin {
        uint256 votes = msg.sender.balance / TOKENS_PER_VOTE;
        if (votes == 0) revert ErrSenderNotEligibleToVote();
        DA_SIGNERS.registerNextEpoch(msg.sender, _signature, votes < MAX_VOTES ? votes : MAX_VOTES);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title One-time initialisation that can be read from outside
/// @dev Not OpenZeppelin's: the official contracts expose `initialized()` and revert with `AlreadyInitialized()`.
abstract contract Initializable {
    bool public initialized;

    event Initialized(uint8 version);

    error AlreadyInitialized();

    /// @dev An implementation behind a beacon is never initialised itself.
    constructor() {
        initialized = true;
        emit Initialized(type(uint8).max);
    }

    modifier initializer() {
        if (initialized) revert AlreadyInitialized();
        initialized = true;
        _;
        emit Initialized(1);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {WrappedA0GIBase} from "./WrappedA0GIBase.sol";

/// @title Wrapped 0G
/// @notice 0G as an ERC-20: deposit and withdraw as in WETH9, mint and burn for minters within their caps. [0G chain spec §1.3]
/// @dev Stands at the address it has on the public networks. Its own fallback takes the coins of 0x…1002 without a credit.
contract W0G {
    string public constant name = "Wrapped 0G";
    string public constant symbol = "W0G";
    uint8 public constant decimals = 18;
    address public constant WRAPPED_A0GI_BASE = 0x0000000000000000000000000000000000001002;

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Approval(address indexed src, address indexed guy, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);
    event Mint(address indexed minter, address indexed recipient, uint256 wad);
    event Burn(address indexed minter, address indexed src, uint256 wad);

    receive() external payable {
        if (msg.sender != WRAPPED_A0GI_BASE) deposit();
    }

    function deposit() public payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 wad) external {
        balanceOf[msg.sender] -= wad;
        // As `transfer` does, which WETH9 uses and solc no longer likes: 2,300 gas for the receiver, whatever the amount.
        (bool isPaid, ) = msg.sender.call{value: wad, gas: wad == 0 ? 2300 : 0}("");
        require(isPaid);
        emit Withdrawal(msg.sender, wad);
    }

    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        require(balanceOf[src] >= wad, "src insufficient balance");
        _spendAllowance(src, wad);
        balanceOf[src] -= wad;
        balanceOf[dst] += wad;
        emit Transfer(src, dst, wad);
        return true;
    }

    /// @notice Creates coins and as much W0G for `recipient`, within the cap of the caller.
    function mint(address recipient, uint256 wad) external {
        WrappedA0GIBase(payable(WRAPPED_A0GI_BASE)).mint(msg.sender, wad);
        balanceOf[recipient] += wad;
        emit Mint(msg.sender, recipient, wad);
    }

    /// @notice Destroys W0G of the caller, a minter, and the coins behind it.
    function burn(uint256 wad) external {
        _burn(msg.sender, wad);
    }

    /// @notice Destroys W0G of `src`, which has allowed it to the caller, a minter, and the coins behind it.
    function burn(address src, uint256 wad) external {
        _burn(src, wad);
    }

    /// @notice The same under the name other tokens use.
    function burnFrom(address src, uint256 wad) external {
        _burn(src, wad);
    }

    function _burn(address src, uint256 wad) private {
        WrappedA0GIBase(payable(WRAPPED_A0GI_BASE)).burn(msg.sender, wad);
        _spendAllowance(src, wad);
        balanceOf[src] -= wad;
        (bool isReturned, ) = WRAPPED_A0GI_BASE.call{value: wad}("");
        require(isReturned, "wrapped a0gi base burn failed");
        emit Burn(msg.sender, src, wad);
    }

    function _spendAllowance(address src, uint256 wad) private {
        if (src == msg.sender || allowance[src][msg.sender] == type(uint256).max) return;
        require(allowance[src][msg.sender] >= wad, "insufficient allowance");
        allowance[src][msg.sender] -= wad;
    }
}

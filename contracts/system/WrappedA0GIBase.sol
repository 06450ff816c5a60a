// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Native coins for the minters of W0G, at 0x…1002 [0G chain spec §1.3]
/// @notice On the public networks a precompile that creates and destroys coins. Here a contract that holds a reserve since the
/// genesis: what it mints leaves the reserve, what it burns comes back. Balances are the same; the total supply is not.
contract WrappedA0GIBase {
    struct Supply {
        uint256 cap;
        uint256 initialSupply;
        uint256 supply;
    }

    address private constant W0G = 0x1Cd0690fF9a693f5EF2dD976660a8dAFc81A109c;
    /// @dev Account #0 of a devnet stands for the governance's agency.
    address public constant AGENCY = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;

    error SenderNotWA0GI(address sender);
    error SenderNotAgency(address sender);
    error InsufficientMintCap(address minter, uint256 cap, uint256 wanted);
    error InsufficientMintSupply(address minter, uint256 supply, uint256 amount);
    error MintPaymentFailed();

    mapping(address minter => Supply) private _supplies;

    modifier onlyWA0GI() {
        if (msg.sender != W0G) revert SenderNotWA0GI(msg.sender);
        _;
    }

    /// @notice What W0G burns comes back this way.
    receive() external payable onlyWA0GI {}

    function getWA0GI() external pure returns (address) {
        return W0G;
    }

    function minterSupply(address minter) external view returns (Supply memory) {
        return _supplies[minter];
    }

    /// @notice Sets how much a minter may have minted at a time. An initial supply counts as minted from then on.
    function setMinterCap(address minter, uint256 cap, uint256 initialSupply) external {
        if (msg.sender != AGENCY) revert SenderNotAgency(msg.sender);
        Supply storage entry = _supplies[minter];
        uint256 minted = entry.supply + initialSupply;
        entry.supply = minted > entry.initialSupply ? minted - entry.initialSupply : 0;
        entry.cap = cap;
        entry.initialSupply = initialSupply;
    }

    /// @notice Gives W0G the coins that stand behind what `minter` mints.
    function mint(address minter, uint256 amount) external onlyWA0GI {
        Supply storage entry = _supplies[minter];
        uint256 wanted = entry.supply + amount;
        if (wanted > entry.cap) revert InsufficientMintCap(minter, entry.cap, wanted);
        entry.supply = wanted;
        (bool isPaid, ) = W0G.call{value: amount}("");
        if (!isPaid) revert MintPaymentFailed();
    }

    /// @notice Takes `amount` off what `minter` has minted; W0G sends the coins right after.
    function burn(address minter, uint256 amount) external onlyWA0GI {
        Supply storage entry = _supplies[minter];
        if (amount > entry.supply) revert InsufficientMintSupply(minter, entry.supply, amount);
        entry.supply -= amount;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

import {IMarket, IReward} from "./StorageInterfaces.sol";

/// Market with one price per sector (wei per 256 bytes), set by an administrator; hands every fee on to the reward contract.
contract FixedPrice is IMarket, AccessControlEnumerable, Initializable {
    bytes32 public constant PARAMS_ADMIN_ROLE = keccak256("PARAMS_ADMIN_ROLE");

    uint256 public pricePerSector;
    address public flow;
    address public reward;

    function initialize(uint256 pricePerSector_, address flow_, address reward_) external initializer {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(PARAMS_ADMIN_ROLE, msg.sender);
        pricePerSector = pricePerSector_;
        flow = flow_;
        reward = reward_;
    }

    receive() external payable {}

    function setPricePerSector(uint256 pricePerSector_) external onlyRole(PARAMS_ADMIN_ROLE) {
        pricePerSector = pricePerSector_;
    }

    /// The fee of `uploadSectors` is spread over them and the padding before them.
    function chargeFee(uint256 beforeLength, uint256 uploadSectors, uint256 paddingSectors) external {
        require(msg.sender == flow, "Sender does not have permission");
        uint256 fee = pricePerSector * uploadSectors;
        require(fee <= address(this).balance, "Not enough paid fee");
        uint256 paddingPart = (fee * paddingSectors) / (uploadSectors + paddingSectors);
        if (paddingPart > 0) IReward(reward).fillReward{value: paddingPart}(beforeLength, paddingSectors);
        uint256 rest = fee - paddingPart;
        if (rest > 0) IReward(reward).fillReward{value: rest}(beforeLength + paddingSectors, uploadSectors);
    }
}

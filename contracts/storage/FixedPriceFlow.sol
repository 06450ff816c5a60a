// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Flow} from "./Flow.sol";
import {IMarket} from "./StorageInterfaces.sol";

/// Flow whose fee is sectors times the market's price, taken from the balance of this contract: what one caller pays too
/// much stays here and counts for the next (as in the reference).
contract FixedPriceFlow is Flow {
    function beforeSubmit(uint256 sectors) internal override {
        uint256 price = IMarket(market).pricePerSector();
        uint256 fee = sectors * price;
        uint256 paid = address(this).balance;
        if (fee > paid) revert NotEnoughFee(price, sectors, paid);
        (bool ok, ) = market.call{value: fee}("");
        require(ok, "Market did not take the fee");
    }
}

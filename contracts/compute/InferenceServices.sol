// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {InferenceDeclarations, Service, ServiceMap, ServiceParams} from "./InferenceTypes.sol";

/// @title Services: one per provider
library InferenceServices {
    using EnumerableSet for EnumerableSet.AddressSet;
    using Strings for string;

    uint256 internal constant MAX_ADDITIONAL_INFO_LENGTH = 4096;

    function exists(ServiceMap storage self, address provider) internal view returns (bool) {
        return self.providers.contains(provider);
    }

    function existing(ServiceMap storage self, address provider) internal view returns (Service storage) {
        if (!self.providers.contains(provider)) revert InferenceDeclarations.ServiceNotExist(provider);
        return self.values[provider];
    }

    /// @dev A change of what is served, or of who signs for it, needs the owner's acknowledgement again; price and URL do not.
    function set(ServiceMap storage self, address provider, ServiceParams calldata params) internal {
        if (bytes(params.additionalInfo).length > MAX_ADDITIONAL_INFO_LENGTH) {
            revert InferenceDeclarations.AdditionalInfoTooLong();
        }
        Service storage service = self.values[provider];
        if (self.providers.add(provider)) service.teeSignerAcknowledged = false;
        else if (_identityChanges(service, params)) service.teeSignerAcknowledged = false;
        service.provider = provider;
        service.serviceType = params.serviceType;
        service.url = params.url;
        service.inputPrice = params.inputPrice;
        service.outputPrice = params.outputPrice;
        service.updatedAt = block.timestamp;
        service.model = params.model;
        service.verifiability = params.verifiability;
        service.additionalInfo = params.additionalInfo;
        service.teeSignerAddress = params.teeSignerAddress;
    }

    function remove(ServiceMap storage self, address provider) internal {
        if (!self.providers.remove(provider)) revert InferenceDeclarations.ServiceNotExist(provider);
        delete self.values[provider];
    }

    function _identityChanges(Service storage service, ServiceParams calldata params) private view returns (bool) {
        return service.teeSignerAddress != params.teeSignerAddress
            || !service.serviceType.equal(params.serviceType) || !service.model.equal(params.model)
            || !service.verifiability.equal(params.verifiability)
            || !service.additionalInfo.equal(params.additionalInfo);
    }
}

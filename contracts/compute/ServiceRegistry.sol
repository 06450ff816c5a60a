// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IServing} from "./IServing.sol";
import {LedgerDeclarations, LedgerStorage, ServiceInfo} from "./LedgerTypes.sol";
import {Owned} from "./Owned.sol";

/// @title Service contracts the ledger moves funds to: registered by the owner, found by address, name or type
abstract contract ServiceRegistry is LedgerDeclarations, Owned {
    using EnumerableSet for EnumerableSet.AddressSet;

    uint256 public constant MAX_SERVICES = 500;

    /// @dev ERC-7201 root of the namespace 0g.serving.ledger
    bytes32 private constant ROOT = 0x0bb5d42557ea6926c17416c5b1c1c29c28d9006d6f713295a2d385f07156ed00;

    function _ledgerStorage() internal pure returns (LedgerStorage storage $) {
        assembly {
            $.slot := ROOT
        }
    }

    /// @notice Registers a service contract under `serviceType-version`.
    function registerService(
        string memory serviceType,
        string memory version,
        address serviceAddress,
        string memory description
    ) external onlyOwner {
        LedgerStorage storage $ = _ledgerStorage();
        if (serviceAddress == address(0)) revert InvalidServiceAddress(serviceAddress);
        if (bytes(serviceType).length == 0) revert ServiceTypeRequired();
        if (bytes(version).length == 0) revert VersionRequired();
        if ($.services.length() >= MAX_SERVICES) revert ServiceRegistryLimitReached(MAX_SERVICES);
        if ($.services.contains(serviceAddress)) revert ServiceAlreadyRegistered(serviceAddress);
        string memory fullName = string.concat(serviceType, "-", version);
        bytes32 nameHash = keccak256(bytes(fullName));
        if ($.byName[nameHash] != address(0)) revert ServiceNameExists(fullName);
        if (!ERC165Checker.supportsInterface(serviceAddress, type(IServing).interfaceId)) {
            revert ServiceMustImplementIServing(serviceAddress);
        }
        $.services.add(serviceAddress);
        $.byName[nameHash] = serviceAddress;
        $.infos[serviceAddress] = ServiceInfo({
            serviceAddress: serviceAddress,
            serviceContract: serviceAddress,
            serviceType: serviceType,
            version: version,
            fullName: fullName,
            description: description,
            isRecommended: false,
            registeredAt: block.timestamp
        });
        emit ServiceRegistered(serviceAddress, fullName);
    }

    /// @notice Makes one version the recommended one of its type.
    function setRecommendedService(string memory serviceType, string memory version) external onlyOwner {
        LedgerStorage storage $ = _ledgerStorage();
        address service = $.byName[keccak256(bytes(string.concat(serviceType, "-", version)))];
        if (service == address(0)) revert ServiceNotFound(address(0));
        bytes32 typeHash = keccak256(bytes(serviceType));
        address previous = $.recommended[typeHash];
        if (previous != address(0)) $.infos[previous].isRecommended = false;
        $.recommended[typeHash] = service;
        $.infos[service].isRecommended = true;
        emit RecommendedServiceUpdated(serviceType, version, service);
    }

    /// @notice Entry of a service contract; all empty when it is not registered.
    function getServiceInfo(address serviceAddress) external view returns (ServiceInfo memory) {
        return _ledgerStorage().infos[serviceAddress];
    }

    /// @notice Service contract called `serviceName`, or the zero address.
    function getServiceAddressByName(string memory serviceName) external view returns (address) {
        return _ledgerStorage().byName[keccak256(bytes(serviceName))];
    }

    /// @notice Every registered service.
    function getAllActiveServices() external view returns (ServiceInfo[] memory) {
        LedgerStorage storage $ = _ledgerStorage();
        uint256 count = $.services.length();
        ServiceInfo[] memory all = new ServiceInfo[](count);
        for (uint256 i; i < count; ++i) {
            all[i] = $.infos[$.services.at(i)];
        }
        return all;
    }

    /// @notice Recommended version of a type.
    function getRecommendedService(string memory serviceType)
        external
        view
        returns (string memory version, address serviceAddress)
    {
        LedgerStorage storage $ = _ledgerStorage();
        serviceAddress = $.recommended[keccak256(bytes(serviceType))];
        if (serviceAddress == address(0)) revert NoRecommendedService(serviceType);
        version = $.infos[serviceAddress].version;
    }

    /// @notice Every version of a type, in order of registration.
    function getAllVersions(string memory serviceType)
        external
        view
        returns (string[] memory versions, address[] memory addresses, bool[] memory isRecommendedFlags)
    {
        LedgerStorage storage $ = _ledgerStorage();
        bytes32 typeHash = keccak256(bytes(serviceType));
        uint256 total = $.services.length();
        uint256 count;
        for (uint256 i; i < total; ++i) {
            if (_hasType($.infos[$.services.at(i)], typeHash)) ++count;
        }
        versions = new string[](count);
        addresses = new address[](count);
        isRecommendedFlags = new bool[](count);
        uint256 next;
        for (uint256 i; i < total; ++i) {
            ServiceInfo storage info = $.infos[$.services.at(i)];
            if (!_hasType(info, typeHash)) continue;
            (versions[next], addresses[next], isRecommendedFlags[next]) =
                (info.version, info.serviceAddress, info.isRecommended);
            ++next;
        }
    }

    /// @notice Whether `version` is the recommended one of its type.
    function isRecommendedVersion(string memory serviceType, string memory version) external view returns (bool) {
        LedgerStorage storage $ = _ledgerStorage();
        address service = $.byName[keccak256(bytes(string.concat(serviceType, "-", version)))];
        return service != address(0) && $.infos[service].isRecommended;
    }

    function _serviceByName(string memory serviceName) internal view returns (address service) {
        service = _ledgerStorage().byName[keccak256(bytes(serviceName))];
        if (service == address(0)) revert ServiceNotFound(address(0));
    }

    function _isRegistered(address service) internal view returns (bool) {
        return _ledgerStorage().services.contains(service);
    }

    function _hasType(ServiceInfo storage info, bytes32 typeHash) private view returns (bool) {
        return keccak256(bytes(info.serviceType)) == typeHash;
    }
}

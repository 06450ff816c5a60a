// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The curve BN254 through the precompiles 0x05 to 0x08
/// @dev What DA signers need of it: sums, multiples, pairings and the hash to a point. [EIP-196, EIP-197, 0G DA spec §3.2]
library BN254 {
    struct G1Point {
        uint256 X;
        uint256 Y;
    }

    /// @dev Elements of the quadratic field are X[1] * i + X[0]; the precompiles want them the other way round.
    struct G2Point {
        uint256[2] X;
        uint256[2] Y;
    }

    /// @dev Prime of the field the coordinates are in.
    uint256 internal constant P = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// @dev Order of the group.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    uint256 private constant G2_X0 = 10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 private constant G2_X1 = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 private constant G2_Y0 = 8495653923123431417604973247489272438418190587263600148770280649306958101930;
    uint256 private constant G2_Y1 = 4082367875863433681332203403145435568316851327593401208105741076214120093531;

    error BN254OperationFailed();

    function generator() internal pure returns (G1Point memory) {
        return G1Point(1, 2);
    }

    /// @dev Reverts when a point is not on the curve.
    function add(G1Point memory a, G1Point memory b) internal view returns (G1Point memory sum) {
        uint256[4] memory input = [a.X, a.Y, b.X, b.Y];
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 6, input, 128, sum, 64)
        }
        if (!done) revert BN254OperationFailed();
    }

    function mul(G1Point memory point, uint256 scalar) internal view returns (G1Point memory product) {
        uint256[3] memory input = [point.X, point.Y, scalar];
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 7, input, 96, product, 64)
        }
        if (!done) revert BN254OperationFailed();
    }

    /// @notice Whether e(a, -G2) · e(b, q) = 1, G2 the generator. False also for points that are not of the groups.
    function isPairing(G1Point memory a, G1Point memory b, G2Point memory q) internal view returns (bool) {
        uint256[12] memory input = [
            a.X,
            a.Y,
            G2_X1,
            G2_X0,
            P - G2_Y1,
            P - G2_Y0,
            b.X,
            b.Y,
            q.X[1],
            q.X[0],
            q.Y[1],
            q.Y[0]
        ];
        uint256[1] memory output;
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 8, input, 384, output, 32)
        }
        return done && output[0] == 1;
    }

    /// @notice The first point at or after x = digest mod P, with the root that exponentiation gives; no choice of sign.
    function hashToG1(bytes32 digest) internal view returns (G1Point memory point) {
        uint256 x = uint256(digest) % P;
        while (true) {
            uint256 square = addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
            uint256 root = _power(square, (P + 1) / 4);
            if (mulmod(root, root, P) == square) {
                point = G1Point(x, root);
                break;
            }
            x = addmod(x, 1, P);
        }
    }

    function _power(uint256 base, uint256 exponent) private view returns (uint256) {
        uint256[6] memory input = [32, 32, 32, base, exponent, P];
        uint256[1] memory output;
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 5, input, 192, output, 32)
        }
        if (!done) revert BN254OperationFailed();
        return output[0];
    }
}

import { bn254 } from '@noble/curves/bn254.js'
import { concat, encodePacked, type Hex, hexToBytes, keccak256, toHex } from 'viem'

/** Points as the contracts take them. */
export type G1 = { X: bigint; Y: bigint }
export type G2 = { X: readonly [bigint, bigint]; Y: readonly [bigint, bigint] }

const P = bn254.fields.Fp.ORDER

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base % P, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % P)
    if (rest & 1n) result = (result * square) % P
  return result
}

/** The first point at or after x = digest mod p. [0G DA spec §3.2] */
export function hashToG1(digest: Hex): G1 {
  for (let X = BigInt(digest) % P; ; X = (X + 1n) % P) {
    const square = (X ** 3n + 3n) % P
    const Y = power(square, (P + 1n) / 4n)
    if ((Y * Y) % P === square) return { X, Y }
  }
}

/** A DA signer: one secret, its key in both groups, and what it signs to register. */
export class BlsSigner {
  readonly #secret: bigint
  readonly address: Hex
  readonly pkG1: G1
  readonly pkG2: G2

  constructor(secret: bigint, address: Hex) {
    this.#secret = secret
    this.address = address
    this.pkG1 = affine(bn254.G1.Point.BASE.multiply(secret))
    const { x, y } = bn254.G2.Point.BASE.multiply(secret).toAffine()
    this.pkG2 = { X: [x.c0, x.c1], Y: [y.c0, y.c1] }
  }

  sign(digest: Hex): G1 {
    const { X, Y } = hashToG1(digest)
    return affine(bn254.G1.Point.fromAffine({ x: X, y: Y }).multiply(this.#secret))
  }

  signRegistration(chainId: bigint): G1 {
    return this.sign(
      keccak256(
        encodePacked(['address', 'uint256', 'string'], [this.address, chainId, '0G_BN254_Pubkey_Registration']),
      ),
    )
  }

  signEpoch(epoch: bigint, chainId: bigint): G1 {
    return this.sign(keccak256(encodePacked(['address', 'uint64', 'uint256'], [this.address, epoch, chainId])))
  }
}

/** The sum of points, for checking aggregates. */
export function sumG1(points: readonly G1[]): G1 {
  const sum = points
    .map(({ X, Y }) => bn254.G1.Point.fromAffine({ x: X, y: Y }))
    .reduce((a, b) => a.add(b), bn254.G1.Point.ZERO)
  return affine(sum)
}

/** The signers of a draw in the order of the quorum's rows, computed apart from the contract. */
export function drawRows(entries: readonly { address: Hex; signature: G1; votes: number }[], rows: number): Hex[] {
  const ballots = entries.flatMap(({ address, signature, votes }) => {
    const own: { ballot: Hex; address: Hex }[] = []
    let ballot = keccak256(concat([toHex(signature.X, { size: 32 }), toHex(signature.Y, { size: 32 })]))
    for (let vote = 0; vote < votes; vote++, ballot = keccak256(hexToBytes(ballot))) own.push({ ballot, address })
    return own
  })
  ballots.sort((a, b) => (a.ballot < b.ballot ? -1 : 1))
  return Array.from({ length: rows }, (_, row) => ballots[row % ballots.length]?.address ?? '0x')
}

function affine(point: { toAffine(): { x: bigint; y: bigint } }): G1 {
  const { x, y } = point.toAffine()
  return { X: x, Y: y }
}

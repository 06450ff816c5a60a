import type { KZG } from '@ethereumjs/util'
import { bls12_381 } from '@noble/curves/bls12-381.js'

/** The point s·G2 of the trusted setup that EIP-4844 fixes: all that checking a single evaluation needs of it. */
const SETUP_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

const { G1, G2, fields } = bls12_381

/** How the EVM recognises input that is no curve point or field element. */
const BAD_INPUT = 'C_KZG_BADARGS'

/**
 * The commitment scheme as far as execution needs it: the point evaluation precompile checks proofs. Blobs are not part of blocks, so whatever works on
 * them is never asked for.
 */
export const pointEvaluation: KZG = {
  verifyProof: (commitment, z, y, proof) => isEvaluation(commitment, z, y, proof),
  blobToKzgCommitment: withoutBlobs,
  computeBlobProof: withoutBlobs,
  verifyBlobProofBatch: withoutBlobs,
  computeCells: withoutBlobs,
  computeCellsAndProofs: withoutBlobs,
  recoverCellsAndProofs: withoutBlobs,
  verifyCellKzgProofBatch: withoutBlobs,
}

function withoutBlobs(): never {
  throw new Error('blobs are not part of a block')
}

/** True when the committed polynomial is y at z: e(C − y·G1, G2) = e(proof, s·G2 − z·G2) (EIP-4844). */
function isEvaluation(commitment: string, z: string, y: string, proof: string): boolean {
  const committed = point(commitment).subtract(G1.Point.BASE.multiplyUnsafe(scalar(y)))
  const divisor = G2.Point.fromHex(SETUP_G2).subtract(G2.Point.BASE.multiplyUnsafe(scalar(z)))
  const pairs = [
    { g1: committed, g2: G2.Point.BASE.negate() },
    { g1: point(proof), g2: divisor },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
  return pairs.length === 0 || fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE)
}

function point(hex: string) {
  try {
    const decoded = G1.Point.fromHex(hex.slice(2))
    if (!decoded.is0()) decoded.assertValidity()
    return decoded
  } catch (error) {
    throw new Error(BAD_INPUT, { cause: error })
  }
}

function scalar(hex: string): bigint {
  const value = BigInt(hex)
  if (value >= fields.Fr.ORDER) throw new Error(BAD_INPUT)
  return value
}

import { randomBytes } from 'node:crypto'
import { ethers } from 'ethers'
import type { StorageNetwork } from './storage-network.ts'

/**
 * Gas for one submission. What it costs depends on those before it, so an estimate made while others submit may be too low, and the
 * official SDK waits for ever for a transaction that failed.
 */
export const ENOUGH_GAS = { gasLimit: 1_000_000n }

/** The official SDKs are typed against the CommonJS build of ethers; tests import the other one. */
export type AnySigner = never

/**
 * A new account with money: the SDKs sleep for seconds in every upload, so tests upload side by side, and an account can only send one
 * transaction after the other.
 */
export async function fundedSigner(network: StorageNetwork, provider: ethers.JsonRpcProvider): Promise<ethers.Wallet> {
  const signer = new ethers.Wallet(`0x${randomBytes(32).toString('hex')}`, provider)
  await network.chain.rpc.request('hardhat_setBalance', [signer.address, '0x8ac7230489e80000'])
  return signer
}

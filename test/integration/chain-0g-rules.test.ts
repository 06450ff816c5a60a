import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replay } from '../../src/client/chain/replay.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { type Receipt, sendTransaction } from '../../src/client/chain/transaction.ts'
import { verifyTx } from '../../src/client/chain/verify-tx.ts'
import type { RpcProof } from '../../src/protocol/chain/account-proof.ts'
import { type Forgery, forgeBlock } from '../helpers/forged-block.ts'
import { startTamperingNode } from '../helpers/tampering-node.ts'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/**
 * What 0G's networks do otherwise than Ethereum (0G chain spec §1.2, §1.3). No engine here does it, so that a node forges it, with every
 * hash to match: the minimum gas charge, its stateful precompiles, the distribution of staking rewards.
 */
const COINBASE: Hex = '0xc014ba5ec014ba5ec014ba5ec014ba5ec014ba5e'
const GALILEO = 16602
const [, alice] = accounts

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain({ chainId: GALILEO })
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const profile = (rpc: string, chainId = GALILEO) => ({ ...chain.profile, chainId, rpc })

async function send(to: Hex, gas: bigint): Promise<Receipt> {
  if (!alice) return expect.unreachable()
  return await sendTransaction({ rpc: chain.rpc, wallet: alice, to, gas })
}

/** The state root of a block whose sender paid for `more` gas than it did, made by the engine itself from balances set by hand. */
async function rootAfterPaying({ blockNumber, effectiveGasPrice }: Receipt, more: bigint): Promise<Hex> {
  const { rpc } = chain
  const price = BigInt(effectiveGasPrice)
  const { baseFeePerGas } = await rpc.request<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', [blockNumber, false])
  const snapshot = await rpc.request('evm_snapshot')
  const change = async (address: Hex, wei: bigint) => {
    const balance = BigInt(await rpc.request<Hex>('eth_getBalance', [address, 'latest']))
    await rpc.request('hardhat_setBalance', [address, `0x${(balance + wei).toString(16)}`])
  }
  await change(alice?.address ?? '0x', -more * price)
  await change(COINBASE, more * (price - BigInt(baseFeePerGas)))
  const { accountProof } = await rpc.request<RpcProof>('eth_getProof', [COINBASE, [], 'latest'])
  await rpc.request('evm_revert', [snapshot])
  return `0x${bytesToHex(keccak_256(hexToBytes(accountProof[0]?.slice(2) ?? '')))}`
}

describe('the minimum gas charge', () => {
  test('is recognised where a receipt says four fifths of the limit, and the state follows from it', async () => {
    const receipt = await send(CONTRACTS.counting, 500_000n)
    const used = BigInt(receipt.gasUsed)
    const stateRoot = await rootAfterPaying(receipt, 400_000n - used)
    const lift = ({ block, receipts }: Forgery) => {
      Object.assign(receipts[0] ?? {}, { gasUsed: '0x61a80' })
      block.stateRoot = stateRoot
    }
    const { tamper, forged } = await forgeBlock(chain.rpc, Number(receipt.blockNumber), lift)
    await using node = await startTamperingNode(chain.url, tamper)
    const hash = forged.block.transactions[0]?.hash ?? '0x'
    const { verdict, links } = await verifyTx(hash, { profile: profile(node.url) })
    expect(verdict).toBe('true')
    const gas = links.find(({ claim }) => claim.endsWith('the same gas used'))
    expect(gas).toMatchObject({ expected: '400000', actual: '400000' })
    expect(gas?.note).toContain(`${used} executed`)
    // On any other chain the same answer is a lie.
    const elsewhere = await replay(receipt.blockNumber, { profile: profile(node.url, 31337) })
    expect(elsewhere.verdict).toBe('false')
  })

  test('is not an excuse for any other amount, nor for keeping the change', async () => {
    const receipt = await send(CONTRACTS.counting, 500_000n)
    for (const gasUsed of ['0x61a81', '0x61a80'] as const) {
      const lie = ({ receipts }: Forgery) => Object.assign(receipts[0] ?? {}, { gasUsed })
      const { tamper } = await forgeBlock(chain.rpc, Number(receipt.blockNumber), lie)
      await using node = await startTamperingNode(chain.url, tamper)
      expect(await replay(receipt.blockNumber, { profile: profile(node.url) })).toMatchObject({ verdict: 'false' })
    }
  })
})

describe('what no Ethereum client has', () => {
  test('a call of a stateful precompile cannot be checked from there on', async () => {
    const { transactionHash, blockNumber } = await send(`0x${'1000'.padStart(40, '0')}`, 100_000n)
    const { verdict, links } = await verifyTx(transactionHash, { profile: profile(chain.url) })
    expect(verdict).toBe('unchecked')
    const gaps = links.filter((link) => link.verdict !== 'true')
    expect(gaps.map(({ claim }) => claim)).toEqual(['an independent EVM can execute all of the block'])
    expect(gaps[0]?.note).toContain("calls 0G's precompile")
    // A devnet has contracts there, or nothing: ordinary code either way.
    expect(await replay(blockNumber, { profile: profile(chain.url, 31337) })).toMatchObject({ verdict: 'false' })
  })

  test('the state after a distribution of staking rewards cannot be checked, what comes before it can', async () => {
    const receipt = await send(CONTRACTS.counting, 100_000n)
    const index = (2n ** 64n - 1n).toString(16)
    const distribute = ({ block }: Forgery) => {
      block.withdrawals = [{ index: '0x0', validatorIndex: `0x${index}`, address: COINBASE, amount: '0x5' }]
    }
    const { tamper } = await forgeBlock(chain.rpc, Number(receipt.blockNumber), distribute)
    await using node = await startTamperingNode(chain.url, tamper)
    const { verdict, blocks } = await replay(receipt.blockNumber, { profile: profile(node.url) })
    expect(verdict).toBe('unchecked')
    const links = blocks[0]?.evidence.links ?? []
    expect(links.find(({ claim }) => claim.includes('ends every transaction'))).toMatchObject({ verdict: 'true' })
    expect(links.find((link) => link.verdict === 'unchecked')?.note).toContain('staking rewards')
  })

  test('ordinary withdrawals are paid, and one that was not is found', async () => {
    const receipt = await send(CONTRACTS.counting, 100_000n)
    const pay = ({ block }: Forgery) => {
      block.withdrawals = [{ index: '0x0', validatorIndex: '0x1', address: COINBASE, amount: '0x5' }]
    }
    const { tamper } = await forgeBlock(chain.rpc, Number(receipt.blockNumber), pay)
    await using node = await startTamperingNode(chain.url, tamper)
    const { blocks, verdict } = await replay(receipt.blockNumber, { profile: profile(node.url) })
    expect(verdict).toBe('false')
    expect(blocks[0]?.problem).toMatchObject({
      claim: `the balance of ${COINBASE} after the block is what execution gives`,
    })
  })
})

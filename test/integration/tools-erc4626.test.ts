import { Contract, ContractFactory, HDNodeWallet, JsonRpcProvider, MaxUint256, Mnemonic, NonceManager } from 'ethers'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytecodeOf, compileSolidity } from '../helpers/compile-solidity.ts'
import { MNEMONIC, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** OpenZeppelin's ERC-4626 on the node, through ethers: rounding is always for the vault, whatever is done in whatever order. */
let chain: TestChain
let provider: JsonRpcProvider
let asset: Contract
const compiled = compileSolidity('Tokens.sol')
const OFFSETS = [0, 3]
const vaults = new Map<number, Contract>()
let saver: NonceManager
let giver: NonceManager
let saverAddress: string

beforeAll(async () => {
  chain = await startTestChain()
  // Each answer of the node counts: ethers would take one for another's within a quarter of a second.
  provider = new JsonRpcProvider(chain.url, 31337, {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 10,
    batchMaxCount: 1,
  })
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), "m/44'/60'/0'/0")
  saver = new NonceManager(root.deriveChild(1).connect(provider))
  giver = new NonceManager(root.deriveChild(2).connect(provider))
  saverAddress = await saver.getAddress()
  asset = await deploy('Token')
  await mined(asset, 'mint', saverAddress, 10n ** 30n)
  await mined(asset, 'mint', await giver.getAddress(), 10n ** 30n)
  for (const offset of OFFSETS) {
    const vault = await deploy('Vault', await asset.getAddress(), offset)
    await mined(asset, 'approve', await vault.getAddress(), MaxUint256)
    vaults.set(offset, vault)
  }
})
afterAll(async () => {
  provider.destroy()
  await chain[Symbol.asyncDispose]()
})

async function deploy(name: string, ...args: unknown[]): Promise<Contract> {
  const contract = compiled[name]
  if (!contract) throw new Error(`no contract ${name}`)
  const factory = new ContractFactory(contract.abi as never, bytecodeOf(contract), saver)
  const deployed = await (await factory.deploy(...args)).waitForDeployment()
  return new Contract(await deployed.getAddress(), contract.abi as never, saver)
}

async function mined(contract: Contract, name: string, ...args: unknown[]): Promise<void> {
  const sent = (await contract.getFunction(name)(...args)) as { hash: string }
  const receipt = await provider.getTransactionReceipt(sent.hash)
  if (receipt?.status !== 1) throw new Error(`${name} failed`)
}

const read = async (contract: Contract, name: string, ...args: unknown[]) =>
  (await contract.getFunction(name).staticCall(...args)) as bigint

const balance = async (contract: Contract) => await read(contract, 'balanceOf', saverAddress)

describe.each(OFFSETS)('a vault with %i virtual decimals', (offset) => {
  const vaultOf = () => vaults.get(offset) as Contract

  test('starts at one share per asset, times the virtual decimals', async () => {
    const vault = vaultOf()
    expect(await vault.getFunction('asset')()).toBe(await asset.getAddress())
    expect(await vault.getFunction('decimals')()).toBe(BigInt(18 + offset))
    expect(await read(vault, 'convertToShares', 10n ** 18n)).toBe(10n ** BigInt(18 + offset))
    expect(await read(vault, 'maxDeposit', saverAddress)).toBe(MaxUint256)
    expect(await read(vault, 'maxWithdraw', saverAddress)).toBe(0n)
  })

  test('previews are what happens, and no sequence of actions gains the saver anything', async () => {
    const vault = vaultOf()
    const snapshot = await provider.send('evm_snapshot', [])
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n })
    const action = fc.record({ kind: fc.constantFrom('deposit', 'mint', 'withdraw', 'redeem', 'donate'), amount })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 6 }), async (actions) => {
        for (const { kind, amount: wanted } of actions) await step(vault, kind, wanted)
      }),
      { numRuns: 6 },
    )
    await provider.send('evm_revert', [snapshot])
    saver.reset()
    giver.reset()
  })

  test('asks for no more than there is', async () => {
    const vault = vaultOf()
    const before = await balance(vault)
    await expect(vault.getFunction('redeem').staticCall(before + 1n, saverAddress, saverAddress)).rejects.toMatchObject(
      {
        code: 'CALL_EXCEPTION',
        revert: { name: 'ERC4626ExceededMaxRedeem', args: [saverAddress, before + 1n, before] },
      },
    )
    const stranger = await giver.getAddress()
    await mined(vault, 'deposit', 10n, saverAddress)
    const shares = await read(vault, 'previewWithdraw', 1n)
    const asStranger = vault.connect(giver) as Contract
    await expect(asStranger.getFunction('withdraw').staticCall(1n, stranger, saverAddress)).rejects.toMatchObject({
      revert: { name: 'ERC20InsufficientAllowance', args: [stranger, 0n, shares] },
    })
  })
})

/** One action with its preview; shares and assets as before and after must agree with it, rounded for the vault. */
async function step(vault: Contract, kind: string, wanted: bigint): Promise<void> {
  if (kind === 'donate') {
    await mined(asset.connect(giver) as Contract, 'transfer', await vault.getAddress(), wanted)
    return
  }
  const [shares, assets] = [await balance(vault), await balance(asset)]
  const isIn = kind === 'deposit' || kind === 'mint'
  const limit = isIn ? wanted : await read(vault, kind === 'withdraw' ? 'maxWithdraw' : 'maxRedeem', saverAddress)
  const amount = wanted < limit ? wanted : limit
  const preview = await read(vault, `preview${kind[0]?.toUpperCase()}${kind.slice(1)}`, amount)
  await mined(vault, kind, amount, saverAddress, ...(isIn ? [] : [saverAddress]))
  const [sharesNow, assetsNow] = [await balance(vault), await balance(asset)]
  const [moved, paid] = [sharesNow - shares, assets - assetsNow]
  switch (kind) {
    case 'deposit':
      expect([paid, moved]).toEqual([amount, preview])
      break
    case 'mint':
      expect([moved, paid]).toEqual([amount, preview])
      break
    case 'withdraw':
      expect([-paid, -moved]).toEqual([amount, preview])
      break
    default:
      expect([-moved, -paid]).toEqual([amount, preview])
  }
  // What the shares are worth never exceeds what they were worth before plus what was paid for them.
  const worth = await read(vault, 'convertToAssets', sharesNow)
  expect(worth).toBeLessThanOrEqual(await read(vault, 'totalAssets'))
  if (isIn) expect(await read(vault, 'convertToAssets', moved)).toBeLessThanOrEqual(paid)
  else expect(await read(vault, 'convertToAssets', -moved)).toBeGreaterThanOrEqual(-paid)
}

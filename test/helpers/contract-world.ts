import type { Abi, Hex } from 'viem'
import { encodeFunctionData, toHex } from 'viem'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'
import { type Allocation, type InProcessChain, startInProcessChain } from '../../scripts/in-process-chain.ts'
import { readGenesis } from '../../src/contracts/genesis.ts'

export const MNEMONIC = 'test test test test test test test test test test test junk'

const accounts = new Map<number, HDAccount>()

/** Development account number `index`. Derived once: the mnemonic's key stretching takes milliseconds. */
export function account(index: number): HDAccount {
  const known = accounts.get(index)
  if (known) return known
  const derived = mnemonicToAccount(MNEMONIC, { addressIndex: index })
  accounts.set(index, derived)
  return derived
}

export function privateKey(index: number): Hex {
  const key = account(index).getHdKey().privateKey
  if (!key) throw new Error('an HD key without a private key')
  return toHex(key)
}

export type Log = { address: string; topics: string[]; data: string }

/** What a transaction did: the two outcomes are told apart by `revert`, the data it reverted with. */
export type Outcome = { revert: Hex | undefined; logs: Log[]; gasUsed: bigint }

export type Call = { from: number; to: Hex; data: Hex; valueWei?: bigint }

/** A chain in this process with the genesis of a devnet on it, driven by time and transactions of the test alone. */
export class ContractWorld {
  readonly #chain: InProcessChain
  #nowSeconds: number
  readonly #nonces = new Map<number, number>()

  private constructor(chain: InProcessChain, nowSeconds: number) {
    this.#chain = chain
    this.#nowSeconds = nowSeconds
  }

  static async start(options: { change?: (alloc: Allocation) => void } = {}): Promise<ContractWorld> {
    const genesis = readGenesis()
    const alloc: Allocation = structuredClone(genesis.alloc)
    options.change?.(alloc)
    const chain = await startInProcessChain({
      chainId: genesis.config.chainId,
      alloc,
      timestamp: Number(genesis.timestamp),
      blockGasLimit: Number(genesis.gasLimit),
      throwOnRevert: true,
      ownedKeys: Array.from({ length: 10 }, (_, index) => privateKey(index)),
    })
    return new ContractWorld(chain, Number(genesis.timestamp))
  }

  get nowSeconds(): number {
    return this.#nowSeconds
  }

  request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return this.#chain.request<T>(method, params)
  }

  /** Moves the clock; the next transaction is mined at that second. */
  travel(seconds: number): void {
    this.#nowSeconds += seconds
  }

  /** Takes the chain back to a snapshot. The clock keeps running: time never goes back. */
  async rewind(snapshot: string): Promise<void> {
    await this.request('evm_revert', [snapshot])
    this.#nonces.clear()
  }

  /** Sends a transaction and mines it one second after the last. */
  async transact({ from, to, data, valueWei = 0n }: Call): Promise<Outcome> {
    this.#nowSeconds += 1
    await this.request('evm_setNextBlockTimestamp', [toHex(this.#nowSeconds)])
    const sender = account(from).address
    const nonce =
      this.#nonces.get(from) ?? Number(await this.request<Hex>('eth_getTransactionCount', [sender, 'latest']))
    this.#nonces.set(from, nonce + 1)
    const gas = toHex(15_000_000)
    const transaction = { from: sender, to, data, gas, gasPrice: '0x0', nonce: toHex(nonce), value: toHex(valueWei) }
    try {
      const hash = await this.request<Hex>('eth_sendTransaction', [transaction])
      const receipt = await this.request<{ logs: Log[]; gasUsed: Hex }>('eth_getTransactionReceipt', [hash])
      const logs = receipt.logs.map(({ address, topics, data }) => ({ address, topics, data }))
      return { revert: undefined, logs, gasUsed: BigInt(receipt.gasUsed) }
    } catch (error) {
      const { data: revert } = error as { data?: Hex }
      if (revert === undefined) throw error
      return { revert, logs: [], gasUsed: 0n }
    }
  }

  /** eth_call; a revert comes back as its data. */
  async call({ from, to, data }: Call): Promise<{ revert: Hex } | { result: Hex }> {
    try {
      return { result: await this.request<Hex>('eth_call', [{ from: account(from).address, to, data }, 'latest']) }
    } catch (error) {
      const { data: revert } = error as { data?: Hex }
      if (revert === undefined) throw error
      return { revert }
    }
  }

  async balanceOf(address: string): Promise<bigint> {
    return BigInt(await this.request<Hex>('eth_getBalance', [address, 'latest']))
  }
}

/** Calldata of a function by name, for ABIs whose types the test does not need. */
export function calldata(abi: Abi | readonly unknown[], functionName: string, args: readonly unknown[] = []): Hex {
  return encodeFunctionData({ abi: abi as Abi, functionName, args })
}

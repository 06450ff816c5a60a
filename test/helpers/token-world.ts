import {
  type Abi,
  type Account,
  BaseError,
  type Chain,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  getAddress,
  type Hex,
  http,
  type PublicClient,
  parseEventLogs,
  type TestClient,
  type TransactionReceipt,
  type Transport,
  type WalletClient,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { bytecodeOf, compileSolidity } from './compile-solidity.ts'
import { MNEMONIC, startTestChain, type TestChain } from './test-chain.ts'

/** A deployed contract, spoken to by function names. */
export type Instance = {
  address: Hex
  read<T = unknown>(name: string, ...args: unknown[]): Promise<T>
  /** sends as `account` and waits; its events decoded */
  write(account: Account, name: string, ...args: unknown[]): Promise<Done>
  /** the custom error, or `Error`/`Panic`, that a transaction of `account` would meet, with its arguments */
  refusal(account: Account, name: string, ...args: unknown[]): Promise<[string, ...unknown[]]>
}

type Done = { receipt: TransactionReceipt; events: { name: string; args: Record<string, unknown> }[] }

export type TokenWorld = {
  client: PublicClient<Transport, Chain>
  tester: TestClient<'anvil', Transport, Chain>
  people: Account[]
  deploy(name: string, ...args: unknown[]): Promise<Instance>
} & AsyncDisposable

/** A chain, viem's clients on its URL, and OpenZeppelin's contracts of test/fixtures/solidity/Tokens.sol ready to be deployed. */
export async function openTokenWorld(): Promise<TokenWorld> {
  const compiled = compileSolidity('Tokens.sol')
  const errors = Object.values(compiled).flatMap(({ abi }) => abi.filter(({ type }) => type === 'error'))
  const chain: TestChain = await startTestChain()
  const transport = http(chain.url)
  const client = createPublicClient({ chain: foundry, transport, pollingInterval: 10, cacheTime: 0 })
  const tester = createTestClient({ chain: foundry, mode: 'anvil', transport })
  const people = Array.from({ length: 6 }, (_, addressIndex) =>
    mnemonicToAccount(MNEMONIC, { addressIndex: addressIndex + 1 }),
  )
  const wallet = createWalletClient({ chain: foundry, transport })
  return {
    client,
    tester,
    people,
    async deploy(name, ...args) {
      const contract = compiled[name]
      const [account] = people
      if (!contract || !account) throw new Error(`no contract ${name}`)
      const hash = await wallet.deployContract({ abi: contract.abi, bytecode: bytecodeOf(contract), args, account })
      const { contractAddress } = await client.waitForTransactionReceipt({ hash })
      // A refusal of one contract may come up from another that it called.
      const abi = [...contract.abi, ...errors] as Abi
      return instanceOf(client, wallet, abi, getAddress(contractAddress ?? '0x'))
    },
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  }
}

function instanceOf(client: PublicClient, wallet: WalletClient<Transport, Chain>, abi: Abi, address: Hex): Instance {
  return {
    address,
    read: async <T>(functionName: string, ...args: unknown[]) =>
      (await client.readContract({ abi, address, functionName, args })) as T,
    async write(account, functionName, ...args) {
      const hash = await wallet.writeContract({ abi, address, functionName, args, account })
      const receipt = await client.waitForTransactionReceipt({ hash })
      const logs = parseEventLogs({ abi, logs: receipt.logs })
      const events = logs.map(({ eventName, args: values }) => ({
        name: String(eventName),
        args: values as unknown as Record<string, unknown>,
      }))
      return { receipt, events }
    },
    async refusal(account, functionName, ...args) {
      try {
        await client.simulateContract({ abi, address, functionName, args, account })
      } catch (error) {
        const reverted =
          error instanceof BaseError ? error.walk((link) => link instanceof ContractFunctionRevertedError) : null
        if (reverted instanceof ContractFunctionRevertedError)
          return [reverted.data?.errorName ?? 'nothing', ...(reverted.data?.args ?? [])]
        throw error
      }
      throw new Error(`${functionName} was not refused`)
    },
  }
}

import type { Hex } from '../../client/chain/rpc.ts'
import { addressOf, ok, Refusal } from './answer.ts'
import { hashOfCode } from './code-hash.ts'
import type { Action, Explorer } from './explorer.ts'
import { proxyTarget } from './proxy-target.ts'
import { parseSubmission } from './submission.ts'
import { PASSED } from './verification-queue.ts'
import type { VerifiedContract } from './verified-contracts.ts'
import { isVerifiedExactly, verify } from './verify.ts'

const NOT_VERIFIED = 'Contract source code not verified'
const MAX_ADDRESSES = 5

/** `module=contract`. */
export const contractActions: Readonly<Record<string, Action>> = {
  async verifysourcecode(explorer, parameters) {
    const submission = parseSubmission(parameters)
    const code = await explorer.rpc.request<Hex>('eth_getCode', [submission.address, 'latest'])
    if (code === '0x') throw new Refusal(`Unable to locate ContractCode at ${submission.address}`)
    if (isVerifiedExactly(explorer, submission.address, hashOfCode(code)))
      throw new Refusal('Contract source code already verified')
    // A compiler that is missing is told at once, not after a turn in the queue.
    explorer.compilers.fileOf(submission.version)
    return ok(explorer.queue.add(() => verify(explorer, submission)))
  },

  async checkverifystatus({ queue }, parameters) {
    const state = await queue.stateOf(parameters.get('guid') ?? '')
    if (state === undefined) throw new Refusal('Unknown UID')
    if (state !== PASSED) throw new Refusal(state)
    return ok(state)
  },

  async verifyproxycontract({ rpc, queue }, parameters) {
    const address = addressOf(parameters)
    const target = await proxyTarget(rpc, address)
    if (!target) throw new Refusal('The contract is no proxy of EIP-1967 or EIP-1167')
    const expected = parameters.get('expectedimplementation')?.toLowerCase()
    if (expected && expected !== target) throw new Refusal(`The implementation is ${target}, not ${expected}`)
    return ok(queue.add(async () => undefined))
  },

  async checkproxyverification({ queue }, parameters) {
    const state = await queue.stateOf(parameters.get('guid') ?? '')
    if (state === undefined) throw new Refusal('Unknown UID')
    if (state !== PASSED) throw new Refusal(state)
    return ok('The implementation of the proxy is found and is successfully updated.')
  },

  async getabi(explorer, parameters) {
    const known = await knownContract(explorer, addressOf(parameters))
    if (!known) throw new Refusal(NOT_VERIFIED)
    return ok(JSON.stringify(known.abi))
  },

  async getsourcecode(explorer, parameters) {
    const address = addressOf(parameters)
    const [known, target] = await Promise.all([knownContract(explorer, address), proxyTarget(explorer.rpc, address)])
    return ok([{ ...sourceAnswer(known), Proxy: target ? '1' : '0', Implementation: target ?? '', SwarmSource: '' }])
  },

  async getcontractcreation({ follower, index }, parameters) {
    const names = (parameters.get('contractaddresses') ?? '').split(',')
    if (names.length > MAX_ADDRESSES) throw new Refusal(`Maximum of ${MAX_ADDRESSES} contract addresses at a time`)
    const addresses = names.map((name) => addressOf(new Map([['address', name.trim()]])))
    await follower.fresh()
    if (addresses.some((address) => !index.creation(address))) await follower.traced()
    const found = addresses.flatMap((contractAddress) => {
      const outer = index.creation(contractAddress)
      const inner = outer ? undefined : index.innerCreation(contractAddress)
      const made = outer ?? inner
      if (!made) return []
      return [
        {
          contractAddress,
          contractCreator: outer?.sender ?? index.transaction(made.hash)?.sender ?? '',
          txHash: made.hash,
          blockNumber: String(made.block),
          timestamp: String(made.timestamp),
          contractFactory: inner?.sender ?? '',
          creationBytecode: made.input,
        },
      ]
    })
    if (found.length === 0) throw new Refusal('No data found', 'No data found')
    return ok(found)
  },
}

type Known = { name: string; abi: unknown[]; verified?: VerifiedContract }

/** A contract that was verified, or one of the genesis, whose ABI comes with the package. */
async function knownContract(explorer: Explorer, address: Hex): Promise<Known | undefined> {
  const code = await explorer.rpc.request<Hex>('eth_getCode', [address, 'latest'])
  if (code === '0x') return undefined
  const verified = explorer.verified.find(address, hashOfCode(code))
  if (verified) return { name: verified.contract, abi: verified.abi, verified }
  const name = explorer.genesisContracts.get(address)
  if (name === undefined) return undefined
  // 140 kB of ABIs, which most explorers are never asked for.
  const { contractAbi, isContractName } = await import('../../contracts/abi.ts')
  return isContractName(name) ? { name, abi: [...contractAbi(name)] } : undefined
}

function sourceAnswer(known: Known | undefined) {
  const { verified } = known ?? {}
  const optimizer = (verified?.settings['optimizer'] ?? {}) as { enabled?: boolean; runs?: number }
  return {
    SourceCode: verified ? (verified.isStandardJson ? `{${verified.sourceCode}}` : verified.sourceCode) : '',
    ABI: known ? JSON.stringify(known.abi) : NOT_VERIFIED,
    ContractName: known?.name ?? '',
    CompilerVersion: verified?.compilerVersion ?? '',
    OptimizationUsed: verified ? (optimizer.enabled ? '1' : '0') : '',
    Runs: verified ? String(optimizer.runs ?? 200) : '',
    ConstructorArguments: verified?.constructorArguments ?? '',
    EVMVersion: verified ? String(verified.settings['evmVersion'] ?? 'Default') : '',
    Library: '',
    LicenseType: verified?.licenseType ?? '',
  }
}

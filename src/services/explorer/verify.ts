import type { Hex } from '../../client/chain/rpc.ts'
import { Refusal } from './answer.ts'
import { hashOfCode } from './code-hash.ts'
import { type CompiledContract, type CompilerOutput, compile } from './compile.ts'
import type { Explorer } from './explorer.ts'
import { matchBytecode } from './match-bytecode.ts'
import type { Submission } from './submission.ts'

/** Whether nothing better than what is there can come of another verification. */
export function isVerifiedExactly({ verified }: Explorer, address: Hex, codeHash: Hex): boolean {
  return verified.find(address, codeHash)?.match === 'exact'
}

/** Compiles a submission, compares it with the chain and keeps it. @throws Refusal that says what does not fit */
export async function verify(explorer: Explorer, submission: Submission): Promise<void> {
  const { address } = submission
  const output = await compile(explorer.compilers.fileOf(submission.version), submission.input, explorer.signal)
  if (submission.commit !== undefined && !output.longVersion.endsWith(`+commit.${submission.commit}`))
    throw new Refusal(`The compiler is ${output.longVersion}, not the one of commit ${submission.commit}`)
  const [file, contract] = findContract(output, submission)
  const runtime = await explorer.rpc.request<Hex>('eth_getCode', [address, 'latest'])
  const creation = await creationCode(explorer, address)
  const result = matchBytecode(contract, output, { runtime, creation }, submission.constructorArguments)
  if ('reason' in result) throw new Refusal(`${submission.contract} does not match: ${result.reason}`)
  const { outputSelection: _, ...settings } = submission.input.settings
  explorer.verified.add(hashOfCode(runtime), {
    address,
    contract: submission.contract,
    file,
    sourceCode: submission.sourceCode.trim(),
    isStandardJson: submission.isStandardJson,
    settings,
    abi: contract.abi,
    compilerVersion: `v${output.longVersion}`,
    constructorArguments: result.constructorArguments,
    licenseType: submission.licenseType,
    match: result.match,
  })
}

function findContract({ contracts }: CompilerOutput, { file, contract }: Submission): [string, CompiledContract] {
  const files = file === undefined ? Object.keys(contracts) : [file]
  for (const name of files) {
    const found = Object.hasOwn(contracts, name) ? contracts[name] : undefined
    const compiled = found && Object.hasOwn(found, contract) ? found[contract] : undefined
    if (compiled) return [name, compiled]
  }
  throw new Refusal(`The sources have no contract ${file === undefined ? '' : `${file}:`}${contract}`)
}

/** The code a contract was created with, constructor arguments behind it; undefined for those of the genesis. */
async function creationCode({ follower, index }: Explorer, address: Hex): Promise<string | undefined> {
  await follower.fresh()
  const outer = index.creation(address)
  if (outer) return outer.input
  await follower.traced()
  return index.innerCreation(address)?.input || undefined
}

import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { toJson } from '../../cli/to-json.ts'
import { ogError } from '../../errors/og-error.ts'

type Result = { results: unknown[] }

export default class ChainConsole extends OgCommand<Result> {
  static override summary = 'talk to the chain in JavaScript'
  static override description = [
    'Every contract is there by name, with its functions as methods: a view returns its value, any other sends a transaction and returns its',
    "receipt; a last argument { from: 'bob', value: '1.5' } says who and how much. Also: accounts, rpc(method, …), balance(account),",
    'transfer(to, amount), fund(account), tx(hash), block(id), logs(contract, event), mine(n), warp(time), parse0G, format0G.',
    'Promises are awaited. A script on standard input runs line by line and ends at the first error.',
  ].join('\n')
  static override examples = [
    { description: 'A prompt', command: '<%= config.bin %> chain console' },
    { description: 'One expression', command: "<%= config.bin %> chain console -e 'Market.pricePerSector()'" },
    { description: 'A script', command: '<%= config.bin %> chain console < script.js' },
  ]
  static override flags = {
    eval: Flags.string({ char: 'e', description: 'run this instead of asking', helpValue: 'CODE' }),
  }
  static override endsBySignal = true

  protected async execute(): Promise<Result> {
    const { flags } = await this.parse(ChainConsole)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { consoleScope } = await import('../../client/chain/console-scope.ts')
    const { interactiveConsole, runConsoleScript } = await import('../../cli/chain-console.ts')
    const profile = await resolveProfile(flags)
    const scope = consoleScope(profile, this.abort)
    const results: unknown[] = []
    if (flags.eval === undefined && process.stdin.isTTY) {
      if (this.outputMode !== 'human') {
        throw ogError('FLAG_CONFLICT', { first: '--output', second: 'a prompt', command: 'chain console' })
      }
      const { join } = await import('node:path')
      await interactiveConsole(scope, join(profile.stateDir, 'console-history'))
      return { results }
    }
    const script = flags.eval ?? (await import('node:fs')).readFileSync(0, 'utf8')
    await runConsoleScript(scope, script, (line, value) => {
      results.push(value)
      this.sink.emit({ type: 'output', chunk: `${line}\n`, data: { value: toJson(value) } })
    })
    return { results }
  }

  protected render(): string {
    return ''
  }

  protected override primary({ results }: Result): string[] {
    return results.map((value) => {
      const plain = toJson(value)
      return typeof plain === 'string' ? plain : JSON.stringify(plain)
    })
  }
}

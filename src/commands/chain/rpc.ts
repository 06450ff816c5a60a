import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'

type Result = { result: unknown }

export default class ChainRpc extends OgCommand<Result> {
  static override summary = 'send a JSON-RPC request to the node'
  static override description =
    'A parameter that is JSON is sent as such, any other as text. The answer is printed as JSON, as the node gave it.'
  static override examples = [
    {
      description: 'A block',
      command: '<%= config.bin %> chain rpc eth_getBlockByNumber latest false',
    },
    {
      description: 'Give an account a balance',
      command:
        '<%= config.bin %> chain rpc anvil_setBalance 0x000000000000000000000000000000000000dead 0xde0b6b3a7640000',
    },
    {
      description: 'All parameters as one array',
      command: '<%= config.bin %> chain rpc eth_call --params \'[{"to":"0x…","data":"0x…"},"latest"]\'',
    },
  ]
  static override args = { method: Args.string({ description: 'for example eth_blockNumber', required: true }) }
  static override strict = false
  static override flags = {
    params: Flags.string({ description: 'the parameters as a JSON array, or - for standard input', helpValue: 'JSON' }),
  }

  protected async execute(): Promise<Result> {
    const { argv, args, flags } = await this.parse(ChainRpc)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { rawRequest } = await import('../../client/chain/raw-request.ts')
    const json = flags.params === '-' ? (await import('node:fs')).readFileSync(0, 'utf8') : flags.params
    const params = json === undefined ? argv.slice(1).map(String) : json
    return {
      result: await rawRequest(args.method, params, { profile: await resolveProfile(flags), signal: this.abort }),
    }
  }

  protected render({ result }: Result): string {
    return JSON.stringify(result, null, 2)
  }

  protected override primary({ result }: Result): string {
    return typeof result === 'string' ? result : JSON.stringify(result)
  }
}

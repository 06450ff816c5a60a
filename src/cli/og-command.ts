import { Command, Flags } from '@oclif/core'

/**
 * Base of every command: parse, call one function, return its value. The base class decides how the value is shown
 * (envelope JSON, quiet, human) and how an error leaves the process. Commands never write to stdout themselves.
 */
export abstract class OgCommand<Result extends object> extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print one JSON envelope', helpGroup: 'GLOBAL', env: 'OG_JSON' }),
    quiet: Flags.boolean({ char: 'q', description: 'print only the primary id', helpGroup: 'GLOBAL' }),
    devnet: Flags.string({ description: 'name or path of the devnet', helpGroup: 'GLOBAL', env: 'OG_DEVNET' }),
    network: Flags.string({ description: 'devnet, galileo or mainnet', helpGroup: 'GLOBAL', env: 'OG_NETWORK' }),
  }

  /** Does the work: parse flags, call one function of the client or runtime, return plain data (bigint allowed). */
  protected abstract execute(): Promise<Result>
  /** Human view of the same value. */
  protected abstract render(result: Result): string
  /** The one id, root or URL that `--quiet` prints. */
  protected primary(_result: Result): string | undefined {
    return undefined
  }
  /** The next useful commands, shown on stderr and in the envelope. */
  protected next(_result: Result): string[] {
    return []
  }

  async run(): Promise<Result> {
    return await this.execute()
  }
}

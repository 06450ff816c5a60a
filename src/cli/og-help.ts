import { type Command, CommandHelp, Help } from '@oclif/core'
import { commandNotFoundError } from './command-not-found-error.ts'

class OgCommandHelp extends CommandHelp {
  protected override defaultUsage(): string {
    const args = Object.values(this.command.args ?? {}).filter(({ hidden }) => !hidden)
    const flags = Object.values(this.command.flags ?? {}).filter(({ required }) => required)
    const required = flags.map(
      (flag) => `--${flag.name}${flag.type === 'option' ? ` ${flag.helpValue ?? 'VALUE'}` : ''}`,
    )
    return [this.command.id, ...args.map((arg) => this.arg(arg)), ...required, '[FLAGS]'].join(' ')
  }

  protected override description(): string | undefined {
    return this.command.description ? this.wrap(this.command.description) : undefined
  }

  protected override sections() {
    const rows = exitCodeRows(this.command)
    const section = { header: 'EXIT CODES', generate: (_: unknown, header: string) => [{ header, body: rows }] }
    return rows.length > 0 ? [...super.sections(), section] : super.sections()
  }
}

/** oclif's help, with the usage on one line and the exit codes a command declares. */
export default class OgHelp extends Help {
  protected override CommandHelpClass = OgCommandHelp

  override async showHelp(argv: string[]): Promise<void> {
    const words = argv.filter((word) => !word.startsWith('-'))
    const isKnown = (id: string) => this.config.findCommand(id) !== undefined || this.config.findTopic(id) !== undefined
    const known = words.length === 0 || words.some((_, index) => isKnown(words.slice(0, index + 1).join(':')))
    const topic = this.config.findTopic(words[0] ?? '')
    const isBelowTopic =
      topic && words.length > 1 && !isKnown(words.slice(0, 2).join(':')) && !this.config.findCommand(topic.name)
    if (!known || isBelowTopic) throw commandNotFoundError(words, this.config)
    await super.showHelp(argv)
  }
}

/** `[code, meaning]` of every exit code a command declares, success first. */
export function exitCodeRows(command: Command.Cached | Command.Class | Command.Loadable): [string, string][] {
  const declared = (command as Command.Loadable & { exitCodes?: Record<number, string> }).exitCodes ?? {}
  const rows = Object.entries(declared)
  return rows.length === 0 ? [] : [['0', declared[0] ?? 'done'], ...rows.filter(([code]) => code !== '0')]
}

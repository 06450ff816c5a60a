import { Args } from '@oclif/core'
import { helpText } from '../cli/help-text.ts'
import { OgCommand } from '../cli/og-command.ts'

export default class HelpCommand extends OgCommand<{ text: string }> {
  static override summary = 'show the help of a command or topic'
  static override description = 'The same text as --help behind the command.'
  static override examples = [
    { description: 'All commands', command: '<%= config.bin %> help' },
    { description: 'One command', command: '<%= config.bin %> help explain' },
  ]
  static override args = { words: Args.string({ description: 'command or topic', multiple: true }) }

  protected async execute(): Promise<{ text: string }> {
    const { args } = await this.parse(HelpCommand)
    return { text: await helpText(args.words ?? [], this.config) }
  }

  protected render({ text }: { text: string }): string {
    return text
  }
}

import { Args } from '@oclif/core'
import { bashCompletion } from '../cli/completion/bash-completion.ts'
import { completionTree } from '../cli/completion/completion-tree.ts'
import { fishCompletion } from '../cli/completion/fish-completion.ts'
import { zshCompletion } from '../cli/completion/zsh-completion.ts'
import { OgCommand } from '../cli/og-command.ts'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }
type Shell = keyof typeof SCRIPTS

export default class Completion extends OgCommand<{ shell: Shell; script: string }> {
  static override summary = 'print a completion script for bash, zsh or fish'
  static override description =
    'Source it, or write it where your shell looks for completions. It knows every command, flag and fixed value of this version.'
  static override examples = [
    { description: 'bash, for this shell', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh, for this shell', command: 'source <(<%= config.bin %> completion zsh)' },
    {
      description: 'fish, for good',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/0g.fish',
    },
  ]
  static override args = {
    shell: Args.string({ description: 'shell to write for', required: true, options: Object.keys(SCRIPTS) }),
  }

  protected async execute(): Promise<{ shell: Shell; script: string }> {
    const { args } = await this.parse(Completion)
    const shell = args.shell as Shell
    return { shell, script: SCRIPTS[shell](completionTree(this.config)) }
  }

  protected render({ script }: { script: string }): string {
    return script
  }
}

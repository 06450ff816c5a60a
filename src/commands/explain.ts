import { Args } from '@oclif/core'
import { type Explanation, explainError, listErrors } from '../cli/explain-error.ts'
import { OgCommand } from '../cli/og-command.ts'
import { renderExplanations } from '../cli/render-explanation.ts'

export default class Explain extends OgCommand<{ errors: Explanation[] }> {
  static override summary = 'explain an error code, or list them all'
  static override description = 'Prints what an error means, its exit code, and how to get out of it. Works offline.'
  static override examples = [
    { description: 'Explain one code', command: '<%= config.bin %> explain NOT_RUNNING' },
    { description: 'List every code', command: '<%= config.bin %> explain' },
  ]
  static override args = { code: Args.string({ description: 'error code, as printed with the error' }) }

  protected async execute(): Promise<{ errors: Explanation[] }> {
    const { args } = await this.parse(Explain)
    return { errors: args.code === undefined ? listErrors() : [explainError(args.code)] }
  }

  protected render({ errors }: { errors: Explanation[] }): string {
    return renderExplanations(errors)
  }

  protected override primary({ errors }: { errors: Explanation[] }): string[] {
    return errors.map(({ code }) => code)
  }
}

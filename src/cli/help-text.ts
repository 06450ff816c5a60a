import type { Interfaces } from '@oclif/core'
import OgHelp from './og-help.ts'

class CollectedHelp extends OgHelp {
  readonly lines: string[] = []

  protected override log(...lines: string[]): void {
    this.lines.push(...lines)
  }
}

/** The help of a command, a topic or (no words) everything, as text. Throws COMMAND_UNKNOWN. */
export async function helpText(words: readonly string[], config: Interfaces.Config): Promise<string> {
  const help = new CollectedHelp(config, config.pjson.oclif.helpOptions)
  await help.showHelp([...words])
  return help.lines.join('\n').trimEnd()
}

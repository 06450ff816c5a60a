import type { Command, Interfaces } from '@oclif/core'
import { valuesOf } from './value-lists.ts'

/** A word that can come next, and what to say about it. */
export type Choice = { word: string; summary: string }

export type CompletionFlag = {
  long: string
  short?: string
  summary: string
  /** the flag is followed by a value; `values` are those worth offering (empty: file names) */
  takesValue: boolean
  values: readonly string[]
}

/** A place in the command tree: the words typed so far, what can follow them, and the flags valid there. */
export type CompletionNode = {
  path: string
  choices: Choice[]
  flags: CompletionFlag[]
}

/** Everything a shell needs to complete `0g`, read from the manifest: no command is loaded. */
export function completionTree(config: Pick<Interfaces.Config, 'commands' | 'topics'>): CompletionNode[] {
  const commands = config.commands.filter(({ hidden }) => !hidden).sort((a, b) => (a.id < b.id ? -1 : 1))
  const nodes = new Map<string, CompletionNode>([['', { path: '', choices: [], flags: [] }]])
  const topicSummary = (name: string) => config.topics.find((topic) => topic.name === name)?.description ?? ''
  for (const command of commands) {
    const words = command.id.split(':')
    words.forEach((word, depth) => {
      const path = words.slice(0, depth + 1).join(' ')
      if (nodes.has(path)) return
      nodes.set(path, { path, choices: [], flags: [] })
      const isCommand = depth === words.length - 1
      const summary = isCommand ? (command.summary ?? '') : topicSummary(words.slice(0, depth + 1).join(':'))
      nodes.get(words.slice(0, depth).join(' '))?.choices.push({ word, summary: plain(summary) })
    })
    const node = nodes.get(words.join(' '))
    if (!node) continue
    node.flags = flagsOf(command)
    for (const arg of Object.values(command.args)) {
      for (const word of arg.options ?? valuesOf(arg.name))
        node.choices.push({ word, summary: plain(arg.description ?? '') })
    }
  }
  return [...nodes.values()]
}

function flagsOf(command: Command.Loadable): CompletionFlag[] {
  const flags = Object.entries(command.flags).filter(([, flag]) => !flag.hidden)
  return flags.flatMap(([name, flag]): CompletionFlag[] => {
    const summary = plain(flag.summary ?? flag.description ?? '')
    const short = flag.char ? { short: flag.char } : {}
    if (flag.type === 'option') {
      return [{ long: name, ...short, summary, takesValue: true, values: flag.options ?? valuesOf(name) }]
    }
    const on = { long: name, ...short, summary, takesValue: false, values: [] }
    return flag.allowNo ? [on, { long: `no-${name}`, summary, takesValue: false, values: [] }] : [on]
  })
}

/** One line without quotes, brackets or anything else a shell or its completion could take for syntax. */
function plain(text: string): string {
  const [line = ''] = text.split('\n')
  return line
    .replace(/[^\p{L}\p{N} .,;/()+=<>|-]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
}

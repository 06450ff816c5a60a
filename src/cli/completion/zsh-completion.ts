import type { CompletionFlag, CompletionNode } from './completion-tree.ts'

/** A zsh script that completes `0g`; works sourced after compinit, or as a file \`_0g\` on fpath. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  return `#compdef 0g
# zsh completion for 0g; load with: source <(0g completion zsh)

_og_node() {
  case "$1" in
${nodes.map(nodeCase).join('\n')}
    *) return 1 ;;
  esac
}

_og_values() {
  case "$1 $2" in
${nodes.flatMap(valueCases).join('\n')}
    *) return 1 ;;
  esac
}

_og() {
  local path_so_far="" word
  local -a choices flags values
  local index
  for ((index = 2; index < CURRENT; index++)); do
    word="\${words[index]}"
    [[ "$word" == -* ]] && continue
    if _og_node "\${path_so_far:+$path_so_far }$word"; then path_so_far="\${path_so_far:+$path_so_far }$word"; fi
  done
  choices=() flags=() values=()
  if _og_values "$path_so_far" "\${words[CURRENT-1]}"; then
    if ((\${#values})); then compadd -a values; else _files; fi
    return
  fi
  _og_node "$path_so_far"
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o 'flag' flags
  elif ((\${#choices})); then
    _describe 'command' choices
  else
    _files
  fi
}

if [[ "\${funcstack[1]}" == "_0g" ]]; then
  _og "$@"
elif ((\${+functions[compdef]})); then
  compdef _og 0g
fi
`
}

function nodeCase({ path, choices, flags }: CompletionNode): string {
  const words = choices.map(({ word, summary }) => `'${word}:${summary}'`)
  const flagWords = flags.flatMap(flagEntries)
  return `    '${path}') choices=(${words.join(' ')}); flags=(${[...flagWords, `'--help:show help'`].join(' ')}) ;;`
}

function flagEntries({ long, short, summary }: CompletionFlag): string[] {
  return [`'--${long}:${summary}'`, ...(short ? [`'-${short}:${summary}'`] : [])]
}

function valueCases({ path, flags }: CompletionNode): string[] {
  return flags
    .filter(({ takesValue }) => takesValue)
    .map(({ long, short, values }) => {
      const patterns = [`'${path} --${long}'`, ...(short ? [`'${path} -${short}'`] : [])]
      return `    ${patterns.join(' | ')}) values=(${values.map((value) => `'${value}'`).join(' ')}) ;;`
    })
}

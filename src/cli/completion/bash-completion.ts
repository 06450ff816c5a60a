import type { CompletionNode } from './completion-tree.ts'

/**
 * A bash script that completes `0g`: words of the command tree, flags, known values, else file names. No name in it starts with a
 * digit, which bash would not accept, and it needs neither bash-completion nor a running 0g.
 */
export function bashCompletion(nodes: readonly CompletionNode[]): string {
  return `# bash completion for 0g; load with: source <(0g completion bash)
_og_choices() {
  case "$1" in
${nodes.map(({ path, choices }) => `    '${path}') echo "${choices.map(({ word }) => word).join(' ')}" ;;`).join('\n')}
    *) return 1 ;;
  esac
}

_og_flags() {
  case "$1" in
${nodes.map((node) => `    '${node.path}') echo "${flagWords(node)}" ;;`).join('\n')}
  esac
}

_og_values() {
  case "$1 $2" in
${nodes.flatMap(valueCases).join('\n')}
    *) return 1 ;;
  esac
}

_og_complete() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word index values
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in -*) continue ;; esac
    if _og_choices "\${path:+$path }$word" >/dev/null; then path="\${path:+$path }$word"; fi
  done
  if [[ "$current" == "=" ]]; then current=""; fi
  if [[ "$previous" == "=" && COMP_CWORD -ge 2 ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if values="$(_og_values "$path" "$previous")"; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$(_og_flags "$path")" -- "$current"))
    return
  fi
  COMPREPLY=($(compgen -W "$(_og_choices "$path")" -- "$current"))
}

complete -o default -F _og_complete 0g
`
}

function flagWords({ flags, path }: CompletionNode): string {
  const words = flags.flatMap(({ long, short }) => (short ? [`--${long}`, `-${short}`] : [`--${long}`]))
  return [...words, '--help', ...(path === '' ? ['--version'] : [])].join(' ')
}

/** One case per flag that takes a value: its known values, or nothing, which leaves file names. */
function valueCases({ path, flags }: CompletionNode): string[] {
  return flags
    .filter(({ takesValue }) => takesValue)
    .map(({ long, short, values }) => {
      const patterns = [`'${path} --${long}'`, ...(short ? [`'${path} -${short}'`] : [])]
      return `    ${patterns.join(' | ')}) echo "${values.join(' ')}" ;;`
    })
}

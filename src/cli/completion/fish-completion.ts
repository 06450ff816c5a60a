import type { CompletionFlag, CompletionNode } from './completion-tree.ts'

/** A fish script that completes `0g`. */
export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  return `# fish completion for 0g; load with: 0g completion fish | source
function __og_path
    set -l known ${paths.join(' ')}
    set -l path
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l longer (string trim -- "$path $word")
        if contains -- $longer $known
            set path $longer
        end
    end
    echo $path
end

function __og_at
    test (__og_path) = "$argv[1]"
end

complete -c 0g -e
${nodes.flatMap(nodeLines).join('\n')}
`
}

function nodeLines({ path, choices, flags }: CompletionNode): string[] {
  const at = `complete -c 0g -n "__og_at '${path}'"`
  return [
    ...choices.map(({ word, summary }) => `${at} -f -a '${word}' -d '${summary}'`),
    ...flags.map((flag) => `${at} ${flagOptions(flag)}`),
    `${at} -l help -d 'show help'`,
  ]
}

function flagOptions({ long, short, summary, takesValue, values }: CompletionFlag): string {
  const value = takesValue ? (values.length > 0 ? ` -x -a '${values.join(' ')}'` : ' -r') : ''
  return `${short ? `-s ${short} ` : ''}-l ${long}${value} -d '${summary}'`
}

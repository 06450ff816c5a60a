/** The last lines of a program's output, indented, for the message of a failure. */
export function lastLines(text, count = 12) {
  const lines = (text ?? '').trimEnd().split('\n').slice(-count)
  return lines.map((line) => `  ${line}`).join('\n')
}

import { editDistance, nearest } from './nearest.ts'

/**
 * Finds the command or topic nearest to what was typed: the first words are compared with each command of as many words, at
 * most two edits in all. `typed` is the part of the words that was meant as a command.
 */
export function suggestCommand(
  words: readonly string[],
  commandIds: readonly string[],
  topics: readonly string[],
): { typed: string; match: string | undefined } {
  const end = words.findIndex((word) => word.startsWith('-'))
  const plain = end === -1 ? words : words.slice(0, end)
  if (plain.length === 0) return { typed: words[0] ?? '', match: nearest(words[0] ?? '', ['--help', '--version']) }
  const names = [...commandIds, ...topics].map((id) => id.split(':'))
  let match: string[] | undefined
  let matchDistance = 3
  for (const name of names) {
    if (name.length > plain.length) continue
    const typed = plain.slice(0, name.length).join(' ')
    const distance = editDistance(typed, name.join(' '))
    const isBetter = distance < matchDistance || (distance === matchDistance && name.length > (match?.length ?? 0))
    if (distance > 0 && distance <= 2 && isBetter && distance < typed.length) {
      match = name
      matchDistance = distance
    }
  }
  const depth = match?.length ?? Math.min(plain.length, topics.includes(plain[0] ?? '') ? 2 : 1)
  return { typed: plain.slice(0, depth).join(' ').slice(0, 80), match: match?.join(' ') }
}

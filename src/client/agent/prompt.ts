import type { ChatMessage } from '../compute/run.ts'

export type MemoryText = { path: string; text: string }

/** The conversation an agent starts with: who it is and what it remembers as the system message, then the task. */
export function composePrompt(options: {
  name: string
  persona: string | undefined
  memory: readonly MemoryText[]
  task: string
}): ChatMessage[] {
  const { name, persona, memory, task } = options
  const parts = [persona?.trim() || `You are ${name}.`]
  if (memory.length > 0) {
    parts.push('What you remember:', ...memory.map(({ path, text }) => `# ${path}\n${text.trim()}`))
  }
  return [
    { role: 'system', content: parts.join('\n\n') },
    { role: 'user', content: task },
  ]
}

/**
 * At most `characters` of memory: whole files in order as long as they fit, then the beginning of the next one, so that a
 * little of a long file beats nothing. Never cuts a character in half.
 */
export function shrinkMemory(memory: readonly MemoryText[], characters: number): MemoryText[] {
  const kept: MemoryText[] = []
  let left = characters
  for (const { path, text } of memory) {
    if (left <= 0) break
    const cut =
      text.length <= left
        ? text
        : text
            .slice(0, left)
            .toWellFormed()
            .replace(/\uFFFD$/, '')
    if (cut.trim() !== '') kept.push({ path, text: cut })
    left -= text.length
  }
  return kept
}

import { formatAmount, formatDuration } from './format-progress.ts'
import type { Channels, ProgressEvent, Sink } from './sink.ts'
import { clean, cleanView } from './terminal-text.ts'

const MARKS = { started: '…', done: '✓', failed: '✗', skipped: '-' } as const

/**
 * Progress without a terminal: one line per event on stderr, no colour, no cursor movement. Amounts are shown at most once
 * per tenth of the total, so that a log of a long upload stays readable.
 */
export function plainSink(channels: Channels): Sink {
  const lastTenth = new Map<string, number>()
  const line = (text: string) => channels.stderr(`${clean(text)}\n`)
  return {
    emit(event: ProgressEvent) {
      switch (event.type) {
        case 'step':
          return line(stepLine(event))
        case 'progress': {
          const tenth = event.total ? Math.floor((event.done / event.total) * 10) : 0
          if (lastTenth.get(event.id) === tenth) return
          lastTenth.set(event.id, tenth)
          return line(`… ${event.title} ${formatAmount(event)}`)
        }
        case 'note':
          return line(event.message)
        case 'warning':
          return line(`warning: ${event.message}`)
        case 'output':
          return channels.stdout(cleanView(event.chunk))
        case 'plan':
          return
      }
    },
    close: async () => {},
  }
}

/** One line for a step: mark, title, detail, duration. */
export function stepLine(event: Extract<ProgressEvent, { type: 'step' }>): string {
  const parts = [`${MARKS[event.status]} ${event.title}`]
  if (event.detail) parts.push(event.detail)
  if (event.durationMs !== undefined) parts.push(formatDuration(event.durationMs))
  return parts.join('  ')
}

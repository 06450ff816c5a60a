import type { ListrTaskWrapper } from 'listr2'
import { formatAmount, formatDuration } from './format-progress.ts'
import { plainSink, stepLine } from './plain-sink.ts'
import type { AmountEvent, Channels, ProgressEvent, Sink, StepEvent } from './sink.ts'

type ListrTask = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output' | 'skip'>

/** A step on screen: what its line says now, and how it ends. */
type Line = { text: string; ended: PromiseWithResolvers<StepEvent['status']>; task?: ListrTask }

/**
 * Progress on a terminal: a spinner per running step that turns into a tick with its time, drawn by listr2 on stderr. Steps of
 * a plan are drawn together; a step without one gets its own line. Signals stay with the command: listr2 would exit 127 by itself.
 */
export function ttySink(channels: Channels): Sink {
  const plain = plainSink(channels)
  const lines = new Map<string, Line>()
  let drawing: Promise<void> | undefined

  const open = (steps: { id: string; title: string }[]) => {
    for (const { id, title } of steps) lines.set(id, { text: title, ended: Promise.withResolvers() })
    drawing = draw([...lines.values()]).finally(() => {
      lines.clear()
      drawing = undefined
    })
  }
  const onStep = (event: StepEvent) => {
    if (event.status === 'started' && !drawing) return open([event])
    const line = lines.get(event.id)
    if (!line) return event.status === 'started' ? undefined : channels.stderr(`${stepLine(event)}\n`)
    const duration = event.durationMs === undefined ? undefined : formatDuration(event.durationMs)
    say(line, [event.title, event.detail, duration].filter(Boolean).join('  '))
    if (event.status !== 'started') line.ended.resolve(event.status)
  }
  const onAmount = (event: AmountEvent) => {
    const line = lines.get(event.id)
    if (line) say(line, `${event.title}  ${formatAmount(event)}`)
  }

  /** The result must not be written into the middle of a drawing: steps still running are ended first, then it follows. */
  const onOutput = (event: ProgressEvent) => {
    if (!drawing) return plain.emit(event)
    for (const line of lines.values()) line.ended.resolve('done')
    void drawing.then(() => plain.emit(event))
  }

  return {
    emit(event: ProgressEvent) {
      if (event.type === 'plan') {
        if (!drawing) open(event.steps)
      } else if (event.type === 'step') onStep(event)
      else if (event.type === 'progress') onAmount(event)
      else if (event.type === 'output') onOutput(event)
      else plain.emit(event)
    },
    close: async () => {
      for (const line of lines.values()) line.ended.resolve('skipped')
      await drawing
    },
  }
}

function say(line: Line, text: string): void {
  line.text = text
  if (line.task) line.task.title = text
}

async function draw(lines: Line[]): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2')
  const output = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false })
  const list = new Listr(
    lines.map((line) => ({
      title: line.text,
      task: async (_: unknown, task: ListrTask) => {
        line.task = task
        task.title = line.text
        const status = await line.ended.promise
        if (status === 'skipped') task.skip(line.text)
        if (status === 'failed') throw new Error(line.text)
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: { logger: new ListrLogger({ useIcons: true, processOutput: output }), collapseErrors: true },
    },
  )
  const showCursor = () => process.stderr.write('\u001b[?25h')
  process.once('exit', showCursor)
  await list.run()
  process.off('exit', showCursor)
}

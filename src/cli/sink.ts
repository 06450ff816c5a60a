import type { OutputMode } from './output-mode.ts'
import { plainSink } from './plain-sink.ts'
import { type JsonValue, toJson } from './to-json.ts'
import { ttySink } from './tty-sink.ts'

/** A named unit of work with a beginning and an end: starting a service, uploading a file, minting. */
export type StepEvent = {
  type: 'step'
  /** stable id, the same in every event of this step */
  id: string
  status: 'started' | 'done' | 'failed' | 'skipped'
  /** what is being done, in words; may change between events */
  title: string
  detail?: string
  durationMs?: number
}

/** How far a step, or the command as a whole, has come. */
export type AmountEvent = {
  type: 'progress'
  id: string
  title: string
  done: number
  total?: number
  unit: 'bytes' | 'items' | 'tokens' | 'blocks'
}

/** What a long operation tells while it runs. Everything but `output` is talk and goes to stderr. */
export type ProgressEvent =
  | StepEvent
  | AmountEvent
  /** names steps that are about to run side by side, so that a view can show them together from the start */
  | { type: 'plan'; steps: { id: string; title: string }[] }
  | { type: 'note'; message: string }
  | { type: 'warning'; message: string; code?: string }
  /** a piece of the result itself, shown as it arrives (model tokens, log lines): stdout in human mode */
  | { type: 'output'; chunk: string; data?: Record<string, JsonValue> }

/** Where a command and the functions it calls report progress. */
export type Sink = {
  emit: (event: ProgressEvent) => void
  /** ends animations and leaves the terminal as it was; later events are still printed, plainly */
  close: () => Promise<void>
}

/** The two channels of a process, injected so that tests can read them. */
export type Channels = {
  stdout: (text: string) => void
  stderr: (text: string) => void
  stderrIsTty: boolean
}

const silentSink: Sink = { emit: () => {}, close: async () => {} }

/** One JSON document per event on stdout, each with its `type`. The envelope that ends the stream is not a sink's business. */
function ndjsonSink(channels: Channels): Sink {
  return {
    emit: (event) => channels.stdout(`${JSON.stringify(toJson({ time: new Date().toISOString(), ...event }))}\n`),
    close: async () => {},
  }
}

/** Picks the sink for an output mode: spinners on a terminal, plain lines elsewhere, JSON lines, or nothing. */
export function createSink(mode: OutputMode, channels: Channels): Sink {
  if (mode === 'ndjson') return ndjsonSink(channels)
  if (mode !== 'human') return silentSink
  return channels.stderrIsTty ? ttySink(channels) : plainSink(channels)
}

import { plainSink } from './plain-sink.ts'
import type { Channels, Sink } from './sink.ts'

/** Progress on a terminal. */
export function ttySink(channels: Channels): Sink {
  return plainSink(channels)
}

import type { SerializedOgError } from '../errors/og-error.ts'
import { type JsonValue, toJson } from './to-json.ts'

/** Changes only when a field of the envelope is removed or changes type; fields may be added at any time. */
export const ENVELOPE_SCHEMA_VERSION = 1

/** What `--json` prints: one of these, exactly once, whether the command succeeded or not. */
export type Envelope = {
  schemaVersion: typeof ENVELOPE_SCHEMA_VERSION
  command: string
  ok: boolean
  data: JsonValue
  warnings: string[]
  error: SerializedOgError | null
  next: string[]
  durationMs: number
}

/** Builds the envelope of a finished command from its result, or from the error that ended it. */
export function envelope(parts: {
  command: string
  data?: unknown
  error?: SerializedOgError
  warnings?: readonly string[]
  next?: readonly string[]
  durationMs: number
}): Envelope {
  return {
    schemaVersion: ENVELOPE_SCHEMA_VERSION,
    command: parts.command,
    ok: parts.error === undefined,
    data: toJson(parts.data ?? null),
    warnings: [...(parts.warnings ?? [])],
    error: parts.error ? (toJson(parts.error) as SerializedOgError) : null,
    next: [...(parts.next ?? [])],
    durationMs: Math.round(parts.durationMs),
  }
}

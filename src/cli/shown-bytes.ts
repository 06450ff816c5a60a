/** Bytes as a result shows them: text when they are valid UTF-8, base64 otherwise. */
export type ShownBytes = { text: string; encoding: 'utf8' | 'base64' }

/** Bytes as text where that loses nothing. */
export function showBytes(bytes: Uint8Array): ShownBytes {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding: 'utf8' }
  } catch {
    return { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
  }
}

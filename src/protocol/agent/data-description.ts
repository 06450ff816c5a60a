import { canonicalJson } from '../canonical-json.ts'
import type { Hex } from '../ecdsa.ts'

/**
 * The public text beside a data hash on chain, in the JSON that agents of the network use (0G agent spec §4.3):
 * `{"encryption":"AES-GCM-256","extra":{…},"role":"…","storage_ptr":{"indexer":"…","root_hash":"0x…","size":n}}`.
 * Writers differ in key order and leave parts out, so it is parsed, never compared as text.
 */
export type DataDescription = {
  role: string
  encryption?: string
  storage?: { indexer: string; root: Hex; sizeBytes: number }
  extra: Record<string, unknown>
}

/** Role of the entry that holds our agent manifest. */
export const MANIFEST_ROLE = 'manifest'

/** Writes a description; sizes are those of the stored blob. */
export function encodeDataDescription(description: DataDescription): string {
  const { role, encryption, storage, extra } = description
  return canonicalJson({
    ...(encryption === undefined ? {} : { encryption }),
    extra,
    role,
    ...(storage === undefined
      ? {}
      : { storage_ptr: { indexer: storage.indexer, root_hash: storage.root, size: storage.sizeBytes } }),
  })
}

/** Reads a description; text that is not this JSON (other dialects put labels or URIs there) becomes its `role`. */
export function decodeDataDescription(text: string): DataDescription {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { role: text, extra: {} }
  }
  if (!isRecord(value)) return { role: text, extra: {} }
  const pointer = value['storage_ptr']
  return {
    role: typeof value['role'] === 'string' ? value['role'] : '',
    ...(typeof value['encryption'] === 'string' ? { encryption: value['encryption'] } : {}),
    ...(isRecord(pointer) &&
    typeof pointer['root_hash'] === 'string' &&
    /^0x[0-9a-fA-F]{64}$/.test(pointer['root_hash'])
      ? {
          storage: {
            indexer: String(pointer['indexer'] ?? ''),
            root: pointer['root_hash'].toLowerCase() as Hex,
            sizeBytes: Number(pointer['size'] ?? 0),
          },
        }
      : {}),
    extra: isRecord(value['extra']) ? value['extra'] : {},
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

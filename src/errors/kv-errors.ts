import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of the key-value streams of 0G Storage. */
export const KV_ERRORS = {
  KV_NODE_MISSING: {
    category: 'CONFIG',
    message: 'no KV node is known for {network}',
    hint: 'name one with --node URL; a devnet has its own (`0g devnet status`)',
    docs: 'Streams are read from a KV node, which replays the writes of the chain. The public networks have none that everybody may use.',
  },
  KV_STREAM_INVALID: {
    category: 'USAGE',
    message: '{stream} is not a stream id',
    hint: 'a stream id is 0x and up to 64 hex digits; shorter ones are filled up with zeros on the left',
    docs: 'Streams are named by 32 bytes. Any id may be used: the first to write to it owns it.',
  },
  KV_KEY_INVALID: {
    category: 'USAGE',
    message: 'a key has 1 to 16777215 bytes, not {length}',
    hint: 'name a key that is not empty',
    docs: 'The length of a key is written in 24 bits and must not be zero.',
  },
  KV_KEY_UNKNOWN: {
    category: 'RESOURCE',
    message: 'stream {stream} has no key {key}',
    hint: '`0g storage kv watch {stream} --once` lists the keys it has',
    docs: 'The key was never written, was deleted, or did not exist yet at the version asked for.',
  },
  KV_REFUSED: {
    category: 'RUNTIME',
    message: 'the KV node refused write {txSeq}: {reason}',
    hint: 'the transaction is on the chain but changed nothing; where permission is missing the stream belongs to another account (--from ACCOUNT)',
    docs: 'A KV write is checked when it is replayed: the version it was based on, the tags, and the rights of its sender on the stream. A write that fails is dropped whole.',
  },
} as const satisfies Record<string, CatalogueEntry>

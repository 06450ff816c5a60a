/** JSON shapes of the KV node's RPC (0G storage spec §8.4). */

/** `data` is base64 of the bytes asked for, `size` the whole length; size 0 with a version is a deleted key. */
export type KvValue = { version: number; data: string; size: number }

/** A value with its key, base64 too. */
export type KvPair = KvValue & { key: string }

/** `appliedSeq` is the next submission to replay: all before it are done. */
export type ReplayProgress = { appliedSeq: number; firstTxSeq: number | null }

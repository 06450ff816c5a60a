import * as fs from 'node:fs'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { ChainSettings, Origin } from '../chain-state.ts'
import type { ResumeFrom } from '../journal.ts'
import type { ArchivedBlock } from './block-archive.ts'
import { deserialized, peekSections, readSections, writeSections } from './checked-file.ts'
import { decodeWorld, encodeWorld, type WorldState } from './world-state.ts'

export const HISTORY_DIRECTORY = 'history'

/** A stretch of the chain whose engine is gone: its blocks are in an archive, its states come from replaying `origin`. */
export type SegmentEntry = { archive: number; first: number; last: number; origin: Origin }

/** Header fields of the block that comes next, as the engine before the checkpoint would have made it. */
export type NextBlock = { baseFeePerGas: Hex; miner: Hex; gasLimit: Hex; stateRoot: Hex; parentBeaconBlockRoot: Hex }

/** All from which an engine can begin and go on as another one would have. */
export type Checkpoint = {
  number: number
  /** of the journal it belongs to */
  salt: number
  /** of the record in the journal that says the chain went on from here */
  rotationOffset: number
  /** the last block, as the chain has it */
  head: ArchivedBlock
  next: NextBlock
  /** EIP-4788 root of the fourth last block mined singly: the engine mines four on its way here, and each root follows from the one before */
  parentBeaconBlockRoot: Hex
  settings: ChainSettings
  /** the segments below, oldest first; between them they have every block up to the head */
  segments: readonly SegmentEntry[]
}

const ZSTD_FAST = { params: { 100: 1 } }

const checkpointPath = (dataDir: string, number: number) => join(dataDir, HISTORY_DIRECTORY, `${name(number)}.state`)
/** The archive of the segment that ends with the checkpoint of that number. */
export const archivePath = (dataDir: string, number: number) =>
  join(dataDir, HISTORY_DIRECTORY, `${name(number)}.blocks`)
const name = (number: number) => String(number).padStart(6, '0')

/** Writes a checkpoint with the state it begins with, durably. */
export function writeCheckpoint(dataDir: string, checkpoint: Checkpoint, world: WorldState): void {
  const state = zstdCompressSync(encodeWorld(world), ZSTD_FAST)
  writeSections(checkpointPath(dataDir, checkpoint.number), [serialize(checkpoint), state])
}

/** A checkpoint without its state, or undefined when the file is not whole or belongs to another journal. */
export function readCheckpoint(dataDir: string, number: number, salt: number): Checkpoint | undefined {
  const [meta] = readSections(checkpointPath(dataDir, number)) ?? []
  if (!meta) return undefined
  const checkpoint = deserialized<Checkpoint>(meta.payload)
  return checkpoint?.salt === salt && checkpoint.number === number ? checkpoint : undefined
}

/** The state a checkpoint begins with, or undefined when the file is not whole. */
export function readWorld(dataDir: string, number: number): WorldState | undefined {
  const [, state] = readSections(checkpointPath(dataDir, number)) ?? []
  return state && decodeWorld(zstdDecompressSync(state.payload))
}

/** Numbers of the checkpoints in a directory, in order. */
function checkpointNumbers(dataDir: string): number[] {
  let names: string[]
  try {
    names = fs.readdirSync(join(dataDir, HISTORY_DIRECTORY))
  } catch {
    return []
  }
  return names
    .flatMap((file) => /^(\d+)\.state$/.exec(file)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

/**
 * Checkpoints of a journal that are whole together with all they need (archives, and the checkpoints below from which past states come),
 * newest first.
 */
function* wholeCheckpoints(dataDir: string, salt: number): Generator<Checkpoint> {
  const isWhole = new Map<string, boolean>()
  const check = (path: string) => {
    const known = isWhole.get(path) ?? peekSections(path) !== undefined
    isWhole.set(path, known)
    return known
  }
  for (const number of checkpointNumbers(dataDir).toReversed()) {
    const checkpoint = readCheckpoint(dataDir, number, salt)
    const needed = checkpoint?.segments.flatMap(({ archive, origin }) => [
      archivePath(dataDir, archive),
      ...(origin.checkpoint === 0 ? [] : [checkpointPath(dataDir, origin.checkpoint)]),
    ])
    if (checkpoint && needed?.every(check)) yield checkpoint
  }
}

/** Where in the journal of `dataDir` reading may begin: at its whole checkpoints, newest first. For `openJournal`. */
export function resumeFrom(dataDir: string): ResumeFrom {
  return function* resume(salt) {
    for (const { number, rotationOffset, head } of wholeCheckpoints(dataDir, salt)) {
      yield { offset: rotationOffset, checkpoint: number, blockHash: head.hash }
    }
  }
}

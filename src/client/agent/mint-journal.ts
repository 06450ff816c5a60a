import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { acquireLock, lockHolder } from '../../runtime/state-lock.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import type { Hex } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

/**
 * How far the mint of one content has come, so that an interrupted one resumes: the same agent, never a second one. `root`
 * (the data hash) follows from the data key, which lies in the keystore before this file is first written.
 */
export type MintRecord = {
  version: 1
  mintId: string
  root: Hex
  createdAt: string
  /** height before the mint transaction was first sent: the mint, if it happened, is in a later block */
  mintFromBlock: string | null
  minted: { tokenId: string; txHash: Hex } | null
}

function directoryOf(profile: NetworkProfile): string {
  return join(profile.stateDir, 'agents')
}

/** The record of a content; undefined when none was begun, or the file cannot be read as one (then the mint starts anew). */
export async function readMintRecord(profile: NetworkProfile, mintId: string): Promise<MintRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(pathOf(profile, mintId), 'utf8')) as MintRecord
    return record.version === 1 && record.mintId === mintId ? record : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces the record of a content. */
export async function writeMintRecord(profile: NetworkProfile, record: MintRecord): Promise<void> {
  await mkdir(directoryOf(profile), { recursive: true, mode: 0o700 })
  await writeFileAtomic(pathOf(profile, record.mintId), `${JSON.stringify(record, null, 2)}\n`)
}

/**
 * Runs `work` while no other process mints the same content. The lock of a process that is gone is taken over.
 * @throws OgError MINT_IN_PROGRESS
 */
export async function withMintLock<T>(profile: NetworkProfile, mintId: string, work: () => Promise<T>): Promise<T> {
  await mkdir(directoryOf(profile), { recursive: true, mode: 0o700 })
  const path = join(directoryOf(profile), `${mintId}.lock`)
  const lock = await acquireLock(path).catch(async (error: unknown) => {
    if (!isOgError(error) || error.code !== 'STATE_LOCKED') throw error
    const holder = await lockHolder(path)
    throw ogError('MINT_IN_PROGRESS', { pid: holder?.pid ?? 'of another command' }, { cause: error })
  })
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

function pathOf(profile: NetworkProfile, mintId: string): string {
  return join(directoryOf(profile), `${mintId}.json`)
}

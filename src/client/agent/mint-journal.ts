import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { isSameProcessAlive, ownIdentity, type ProcessIdentity } from '../../runtime/process-identity.ts'
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
  while (!(await createWhole(path, JSON.stringify(ownIdentity())))) {
    const holder = await readHolder(path)
    if (holder && isSameProcessAlive(holder)) throw ogError('MINT_IN_PROGRESS', { pid: holder.pid })
    await rm(path, { force: true })
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** Creates the file with its content in one step (a link to a finished file), or says that it exists. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, text, { mode: 0o600 })
    await link(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

function pathOf(profile: NetworkProfile, mintId: string): string {
  return join(directoryOf(profile), `${mintId}.json`)
}

import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { isReceipt, type Receipt, receiptId } from '../../protocol/compute/receipt.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'

/** Receipts of a network, one file each, readable by the owner only: they contain prompts and answers. */
function receiptsDirectory(stateDir: string): string {
  return join(stateDir, 'receipts')
}

/** Saves a receipt; returns its file. */
export async function saveReceipt(stateDir: string, receipt: Receipt): Promise<string> {
  const directory = receiptsDirectory(stateDir)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `${receipt.id}.json`)
  await writeFileAtomic(path, `${JSON.stringify(receipt, null, 2)}\n`)
  return path
}

/**
 * Loads a saved receipt by id, or by the beginning of one when only one matches.
 * @throws OgError RECEIPT_NOT_FOUND, RECEIPT_INVALID
 */
export async function loadReceipt(stateDir: string, id: string): Promise<Receipt> {
  const directory = receiptsDirectory(stateDir)
  const matches = (await listReceiptIds(stateDir)).filter((name) => name.startsWith(id.toLowerCase()))
  const [match] = matches
  if (match === undefined || matches.length > 1) throw ogError('RECEIPT_NOT_FOUND', { id, directory })
  const path = join(directory, `${match}.json`)
  return parseReceipt(await readFile(path, 'utf8'), path)
}

/** Ids of all saved receipts. */
export async function listReceiptIds(stateDir: string): Promise<string[]> {
  const names = await readdir(receiptsDirectory(stateDir)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name)).map((name) => name.slice(0, -'.json'.length))
}

/**
 * Reads a receipt from JSON text: its own format, or a command's envelope that contains one.
 * @throws OgError RECEIPT_INVALID when it is not a receipt or its id is not the hash of its content
 */
export function parseReceipt(text: string, source: string): Receipt {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw ogError('RECEIPT_INVALID', { source, reason: 'it is not JSON' }, { cause })
  }
  const receipt = isReceipt(value) ? value : nested(value)
  if (!receipt) throw ogError('RECEIPT_INVALID', { source, reason: 'a field is missing or has the wrong type' })
  if (receiptId(receipt) !== receipt.id) {
    throw ogError('RECEIPT_INVALID', { source, reason: 'its id is not the hash of its content' })
  }
  return receipt
}

function nested(value: unknown): Receipt | undefined {
  const receipt = (value as { data?: { receipt?: unknown }; receipt?: unknown } | null)?.data?.receipt
  return isReceipt(receipt) ? receipt : undefined
}

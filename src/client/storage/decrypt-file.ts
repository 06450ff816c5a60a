import { ogError } from '../../errors/og-error.ts'
import {
  decodeHeader,
  type EncryptionHeader,
  eciesKey,
  headerSize,
  keyFits,
  MAX_HEADER_BYTES,
} from '../../protocol/storage/encryption.ts'
import { fromHex } from '../../protocol/storage/keccak.ts'
import { aesCtr } from './aes-ctr.ts'
import { encryptedSource } from './encrypted-source.ts'
import type { OpenedPath } from './open-path.ts'
import type { ReadOptions } from './read-segments.ts'

type OpenedFile = Extract<OpenedPath, { kind: 'file' }>

/** What may open a file: the caller's own key (version 1), a private key (version 2). */
export type DecryptionKeys = { symmetricKey?: Uint8Array | undefined; privateKey?: `0x${string}` | undefined }

export type DecryptedFile = OpenedFile & {
  /** 'checked': the key opens the file for certain · 'unchecked': the file holds nothing to tell by */
  key: 'checked' | 'unchecked'
}

/**
 * The plaintext of an encrypted file (0G storage spec §6.6): sizes and ranges are those of the plaintext.
 * @throws OgError NOT_ENCRYPTED, WRONG_KEY, and those of reading
 */
export async function decryptFile(
  file: OpenedFile,
  keys: DecryptionKeys,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<DecryptedFile> {
  const head = await collect(file.read({ signal: options.signal, range: { start: 0, end: MAX_HEADER_BYTES } }))
  const header = decodeHeader(head)
  if (!header) throw ogError('NOT_ENCRYPTED', { root: file.root })
  const key = keyFor(header, keys)
  const fits = keyFits(header, key)
  if (fits === false) throw ogError('WRONG_KEY', { reason: `${file.root} is encrypted to another key` })
  const skip = headerSize(header)
  return {
    kind: 'file',
    root: file.root,
    sizeBytes: file.sizeBytes - skip,
    id: `plaintext of ${file.id}`,
    isContent: (local) => file.isContent(encryptedSource(local, { header, key })),
    key: fits ? 'checked' : 'unchecked',
    read: async function* (how: ReadOptions) {
      const { start, end } = how.range ?? { start: 0, end: file.sizeBytes - skip }
      let offset = start
      for await (const part of file.read({ ...how, range: { start: start + skip, end: end + skip } })) {
        yield aesCtr(key, header.nonce, offset, part)
        offset += part.length
      }
    },
  }
}

function keyFor(header: EncryptionHeader, { symmetricKey, privateKey }: DecryptionKeys): Uint8Array {
  if (header.version === 1) {
    if (symmetricKey) return symmetricKey
    throw ogError('WRONG_KEY', {
      reason: 'the file is encrypted with a key of its own (version 1); give --encryption-key',
    })
  }
  if (privateKey) return eciesKey(fromHex(privateKey), header.ephemeralPublicKey)
  throw ogError('WRONG_KEY', { reason: 'the file is encrypted to an account (version 2); give --decrypt and --from' })
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

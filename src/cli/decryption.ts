import { Flags } from '@oclif/core'
import type { OpenedPath } from '../client/storage/open-path.ts'
import type { FindOptions } from '../client/storage/stored-file.ts'
import type { Sink } from './sink.ts'

/** Flags of the commands that read files which may be encrypted. */
export const decryptionFlags = {
  decrypt: Flags.boolean({ description: 'decrypt a file that was encrypted to an account' }),
  from: Flags.string({ description: 'whose key decrypts (default alice on a devnet)', helpValue: 'ACCOUNT' }),
  'encryption-key': Flags.string({
    description: 'decrypt with the key of its own: 32 bytes of hex, or env for OG_ENCRYPTION_KEY',
    helpValue: 'HEX',
  }),
}

type DecryptionFlags = { decrypt: boolean; from?: string | undefined; 'encryption-key'?: string | undefined }

/** What was opened, decrypted when the flags ask for it. @throws OgError NOT_ENCRYPTED, WRONG_KEY, ENCRYPTION_KEY_INVALID */
export async function openDecrypted(
  opened: OpenedPath,
  flags: DecryptionFlags,
  options: FindOptions,
  sink: Sink,
): Promise<OpenedPath> {
  const encryptionKey = flags['encryption-key']
  if (!flags.decrypt && encryptionKey === undefined) return opened
  if (opened.kind === 'directory') {
    const { ogError } = await import('../errors/og-error.ts')
    throw ogError('NOT_ENCRYPTED', { root: opened.root })
  }
  const { decryptFile } = await import('../client/storage/decrypt-file.ts')
  const { decryptionKeys } = await import('../client/storage/encryption-keys.ts')
  const keys = decryptionKeys(options.profile, { ...flags, encryptionKey })
  const decrypted = await decryptFile(opened, keys, options)
  if (decrypted.key === 'unchecked') {
    sink.emit({ type: 'warning', message: 'the file holds nothing to check a key by: a wrong key gives wrong bytes' })
  }
  return decrypted
}

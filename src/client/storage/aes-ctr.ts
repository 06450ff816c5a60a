import { createCipheriv } from 'node:crypto'
import { counterBlock } from '../../protocol/storage/encryption.ts'

const BLOCK_BYTES = 16

/**
 * AES-256-CTR at any place of a stream: enciphers or deciphers `data`, whose first byte is plaintext byte `offset`
 * (0G storage spec §6.6).
 */
export function aesCtr(key: Uint8Array, nonce: Uint8Array, offset: number, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', key, counterBlock(nonce, offset))
  cipher.update(new Uint8Array(offset % BLOCK_BYTES))
  return cipher.update(data)
}

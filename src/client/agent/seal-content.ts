import { type AgentFile, type AgentManifest, encodeAgentManifest } from '../../protocol/agent/agent-manifest.ts'
import { encryptBlob } from '../../protocol/agent/encrypted-blob.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import type { Hex } from '../chain/rpc.ts'
import type { AgentContent, ContentFile } from './agent-content.ts'

/** An encrypted piece of an agent, ready to be stored. */
type SealedBlob = { root: Hex; bytes: Uint8Array; what: string }

/** An agent as it will be stored. `blobs` holds every distinct file once; the manifest, whose root is the data hash, apart. */
export type SealedAgent = { manifest: AgentManifest; root: Hex; manifestBlob: SealedBlob; blobs: SealedBlob[] }

/**
 * Encrypts an agent with one data key. The same content, key and time of creation give the same bytes and roots, which is
 * what makes an interrupted mint resumable and a manifest provable.
 */
export async function sealContent(options: {
  name: string
  model: AgentManifest['model']
  content: AgentContent
  dataKey: Uint8Array
  createdAt: string
}): Promise<SealedAgent> {
  const { name, model, content, dataKey, createdAt } = options
  const blobs = new Map<Hex, SealedBlob>()
  const seal = async ({ path, bytes, sha256 }: ContentFile): Promise<AgentFile> => {
    const blob = await encryptBlob(bytes, dataKey)
    const { root } = fileTreeOf(blob)
    if (!blobs.has(root)) blobs.set(root, { root, bytes: blob, what: path })
    return { path, root, sizeBytes: bytes.length, sha256 }
  }
  const persona = content.persona ? await seal(content.persona) : null
  const memory: AgentFile[] = []
  for (const file of content.memory) memory.push(await seal(file))
  const manifest: AgentManifest = {
    schema: 'og-agent',
    version: 1,
    name,
    model,
    persona,
    memory,
    encryption: { cipher: 'AES-256-GCM', layout: 'nonce12-ciphertext-tag16', nonce: 'hkdf-sha256' },
    createdAt,
  }
  const bytes = await encryptBlob(encodeAgentManifest(manifest), dataKey)
  const { root } = fileTreeOf(bytes)
  return { manifest, root, manifestBlob: { root, bytes, what: 'manifest' }, blobs: [...blobs.values()] }
}

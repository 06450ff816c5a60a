import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../canonical-json.ts'
import type { Hex } from '../ecdsa.ts'

/** A file of an agent: where its ciphertext lies, and what the plaintext must be. */
export type AgentFile = {
  /** relative, with forward slashes */
  path: string
  /** 0G Storage root of the encrypted blob */
  root: Hex
  /** of the plaintext */
  sizeBytes: number
  /** of the plaintext, hex without 0x */
  sha256: string
}

/**
 * What an agent is, in one document; it is stored encrypted, and its storage root is the data hash of the token. Our own
 * format (ERC-7857 defines none), version 1. Everything the agent consists of hangs on it by hash: persona, memory, model.
 */
export type AgentManifest = {
  schema: 'og-agent'
  version: 1
  name: string
  /** root: the model's identity on the network, where its provider states one */
  model: { name: string; root: Hex | null }
  persona: AgentFile | null
  /** sorted by path */
  memory: AgentFile[]
  /** all blobs of an agent, this one included, are encrypted alike with the token's one data key */
  encryption: { cipher: 'AES-256-GCM'; layout: 'nonce12-ciphertext-tag16'; nonce: 'hkdf-sha256' }
  createdAt: string
}

/** Longest name an agent may have, in characters. */
export const MAX_AGENT_NAME_LENGTH = 64

/** The one byte form of a manifest: canonical JSON, UTF-8. */
export function encodeAgentManifest(manifest: AgentManifest): Uint8Array {
  return utf8ToBytes(canonicalJson(manifest))
}

/** Reads a manifest; undefined when the bytes are not one, or name a version or a path this program must not follow. */
export function decodeAgentManifest(bytes: Uint8Array): AgentManifest | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
  return isAgentManifest(value) ? value : undefined
}

function isAgentManifest(value: unknown): value is AgentManifest {
  if (!isRecord(value) || value['schema'] !== 'og-agent' || value['version'] !== 1) return false
  const { name, model, persona, memory, encryption, createdAt } = value
  return (
    isText(name) &&
    isRecord(model) &&
    isText(model['name']) &&
    (model['root'] === null || isRoot(model['root'])) &&
    (persona === null || isAgentFile(persona)) &&
    Array.isArray(memory) &&
    memory.every(isAgentFile) &&
    isRecord(encryption) &&
    encryption['cipher'] === 'AES-256-GCM' &&
    encryption['layout'] === 'nonce12-ciphertext-tag16' &&
    encryption['nonce'] === 'hkdf-sha256' &&
    isText(createdAt)
  )
}

function isAgentFile(value: unknown): value is AgentFile {
  return (
    isRecord(value) &&
    isText(value['path']) &&
    isInside(value['path']) &&
    isRoot(value['root']) &&
    Number.isSafeInteger(value['sizeBytes']) &&
    Number(value['sizeBytes']) >= 0 &&
    typeof value['sha256'] === 'string' &&
    /^[0-9a-f]{64}$/.test(value['sha256'])
  )
}

/** A manifest comes from whoever minted the agent: its paths must not lead out of the directory they are written to. */
function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.includes('\\') && !path.includes('\0') && !path.split('/').includes('..')
}

function isRoot(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

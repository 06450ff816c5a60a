import {
  type AgentFile,
  type AgentManifest,
  decodeAgentManifest,
  encodeAgentManifest,
} from '../../protocol/agent/agent-manifest.ts'
import { decryptBlob, encryptBlob } from '../../protocol/agent/encrypted-blob.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import { listOffers } from '../compute/offers.ts'
import type { NetworkProfile } from '../profile.ts'
import { getBytes } from '../storage/get.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import { compareLink, failedLink, uncheckedLink } from '../verify/link.ts'
import type { AgentData } from './agent-contract.ts'

type Options = {
  profile: NetworkProfile
  entry: AgentData
  blob: Uint8Array
  dataKey: Uint8Array
  signal?: AbortSignal | undefined
}

/** What only the owner can check: the manifest behind the ciphertext, and everything it names. */
export async function contentLinks(options: Options): Promise<EvidenceLink[]> {
  const { entry, blob, dataKey } = options
  const plaintext = await decryptBlob(blob, dataKey)
  const opened = compareLink(
    'the data key opens the manifest',
    'its tag matches',
    plaintext ? 'its tag matches' : 'its tag does not match',
  )
  if (!plaintext) return [opened]
  const manifest = decodeAgentManifest(plaintext)
  if (!manifest) {
    const claim = 'the decrypted data is an agent manifest'
    if (entry.description.extra['schema'] !== 'og-agent')
      return [opened, uncheckedLink(claim, 'it is in another format')]
    return [opened, { claim, verdict: 'false', expected: 'og-agent version 1', actual: 'something else' }]
  }
  // Canonical JSON and a nonce that follows from the plaintext leave one possible ciphertext.
  const again = await encryptBlob(encodeAgentManifest(manifest), dataKey)
  const links = [
    opened,
    compareLink('encrypting the manifest again gives the hash on chain', entry.dataHash, fileTreeOf(again).root),
    ...publicLinks(manifest, entry),
  ]
  const files = [...(manifest.persona ? [manifest.persona] : []), ...manifest.memory]
  for (const file of files) links.push(await fileLink(file, options))
  return [...links, ...(await modelLinks(manifest, options))]
}

/** What the minter published in the clear against what the manifest says. */
function publicLinks(manifest: AgentManifest, entry: AgentData): EvidenceLink[] {
  const { name, model, model_root: root } = entry.description.extra
  const links: EvidenceLink[] = []
  if (typeof name === 'string') links.push(compareLink('the public name is that of the manifest', manifest.name, name))
  if (typeof model === 'string') {
    const expected = describeModel(manifest.model.name, manifest.model.root)
    links.push(compareLink('the public model is that of the manifest', expected, describeModel(model, root)))
  }
  return links
}

async function fileLink(file: AgentFile, { profile, dataKey, signal }: Options): Promise<EvidenceLink> {
  const claim = `${file.path}: stored, decrypted and hashed, it is the file of the manifest`
  try {
    const blob = await getBytes(file.root, { profile, signal })
    const root = blob.length > 0 ? fileTreeOf(blob).root : undefined
    if (root !== file.root) return compareLink(claim, file.root, root)
    const plaintext = await decryptBlob(blob, dataKey)
    const describe = (sha256: string, sizeBytes: number) => `sha256 ${sha256}, ${sizeBytes} bytes`
    const actual = plaintext ? describe(sha256Hex(plaintext), plaintext.length) : 'it does not open with the data key'
    return compareLink(claim, describe(file.sha256, file.sizeBytes), actual)
  } catch (error) {
    signal?.throwIfAborted()
    return failedLink(claim, error)
  }
}

/** The model's root is its identity: a provider that offers the name with another root offers another model. */
async function modelLinks({ model }: AgentManifest, { profile, signal }: Options): Promise<EvidenceLink[]> {
  if (model.root === null) return []
  const claim = 'providers offer the model under the root of the manifest'
  try {
    const offers = (await listOffers({ profile, signal })).filter((offer) => offer.model === model.name)
    if (offers.length === 0) return [uncheckedLink(claim, `nobody offers ${model.name} at the moment`)]
    const roots = [...new Set(offers.map(({ modelRoot }) => modelRoot?.toLowerCase() ?? 'no root'))]
    return [compareLink(claim, model.root, roots.includes(model.root) ? model.root : roots.join(', '))]
  } catch (error) {
    signal?.throwIfAborted()
    return [failedLink(claim, error)]
  }
}

function describeModel(name: string, root: unknown): string {
  return typeof root === 'string' ? `${name} ${root}` : `${name} without a root`
}

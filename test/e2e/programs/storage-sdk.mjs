// A user's program: uploads files with the official storage SDK and reads them back. Argument: path of a manifest.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Indexer, ZgFile } from '@0gfoundation/0g-ts-sdk'
import { HDNodeWallet, JsonRpcProvider } from 'ethers'

const manifest = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const indexerUrl = manifest.services.find(({ endpoints }) => endpoints.indexer).endpoints.indexer
const signer = HDNodeWallet.fromPhrase(manifest.mnemonic, undefined, "m/44'/60'/0'/0/2").connect(
  new JsonRpcProvider(manifest.chain.rpc),
)
const dir = mkdtempSync(join(tmpdir(), '0g-sdk-'))
const result = {}
for (const sizeBytes of [1, 256 * 1024 + 1, 5 * 1024 * 1024 + 1]) {
  const content = Uint8Array.from({ length: sizeBytes }, (_, i) => (31 * i) % 251)
  const path = join(dir, `${sizeBytes}.bin`)
  writeFileSync(path, content)
  const file = await ZgFile.fromFilePath(path)
  const indexer = new Indexer(indexerUrl)
  const [sent, uploadError] = await indexer.upload(file, manifest.chain.rpc, signer)
  if (uploadError) throw uploadError
  await file.close()
  const target = `${path}.back`
  const downloadError = await indexer.download(sent.rootHash, target, true)
  if (downloadError) throw downloadError
  result[sizeBytes] = { same: Buffer.compare(readFileSync(target), content) === 0 }
}
process.stdout.write(`\n${JSON.stringify(result)}\n`)
process.exit(0)

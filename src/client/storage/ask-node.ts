import { ogError } from '../../errors/og-error.ts'
import { parseFileInfo } from '../../protocol/storage/node-answers.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import type { RpcClient } from '../chain/rpc.ts'

/**
 * What a node says of a file, by number or by root; null when it does not know it.
 * @throws OgError NETWORK_UNREACHABLE, RPC_ERROR (also for an answer that is none)
 */
export async function askFileInfo(rpc: RpcClient, file: number | Hex, signal?: AbortSignal): Promise<FileInfo | null> {
  const [method, params] =
    typeof file === 'number' ? ['zgs_getFileInfoByTxSeq', [file]] : ['zgs_getFileInfo', [file, true]]
  const info = parseFileInfo(await rpc.request<unknown>(method as string, params as unknown[], { signal }))
  if (info === undefined) {
    throw ogError('RPC_ERROR', { method: method as string, reason: `${rpc.url} answers with something else` })
  }
  return info
}

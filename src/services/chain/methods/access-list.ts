import type { CallFrame } from '../../../client/chain/call-frame.ts'
import type { Hex } from '../../../client/chain/rpc.ts'
import { errorBody, RPC_CODES, resultBody } from '../rpc-reply.ts'
import type { Family, Reader } from './method.ts'
import { objectParam, toQuantity } from './params.ts'
import { ask, RpcFault } from './rpc-fault.ts'
import { framesOf, isCreation, type Prestate } from './trace-shapes.ts'

type AccessList = { address: Hex; storageKeys: Hex[] }[]
type Traced = { callTracer: CallFrame; prestateTracer: Prestate }

const FIRST_ADDRESS_PAST_PRECOMPILES = 0x12n

/** eth_createAccessList (EIP-2930): what a call touches, read off the accounts and slots that its trace needed. */
export const accessList: Family = ({ chain }) => ({
  eth_createAccessList: async ([call, block]) => {
    const request = objectParam(call, 'a call')
    const { list, frame } = await touched(chain, request, block ?? 'latest')
    if (frame.error && frame.output && frame.output !== '0x') {
      throw new RpcFault(errorBody(RPC_CODES.reverted, 'execution reverted', frame.output))
    }
    const withList = await touched(chain, { ...request, accessList: list }, block ?? 'latest')
    return resultBody({
      accessList: list,
      gasUsed: toQuantity(BigInt(withList.frame.gasUsed)),
      ...(frame.error ? { error: frame.error } : {}),
    })
  },
})

async function touched(
  reader: Reader,
  call: Record<string, unknown>,
  block: unknown,
): Promise<{ list: AccessList; frame: CallFrame }> {
  const tracer = { tracer: 'muxTracer', tracerConfig: { callTracer: {}, prestateTracer: {} } }
  const { callTracer: frame, prestateTracer } = await ask<Traced>(reader, 'debug_traceCall', call, block, tracer)
  const coinbase = await ask<Hex>(reader, 'eth_coinbase')
  // Sender, target and what is created are warm anyway (EIP-2929); they are listed only for their slots.
  const warm = new Set<string>([frame.from, frame.to ?? '', coinbase])
  for (const { frame: inner } of framesOf(frame)) if (isCreation(inner)) warm.add(inner.to ?? '')
  const list = Object.entries(prestateTracer).flatMap(([address, { storage }]) => {
    const storageKeys = Object.keys(storage ?? {}).sort() as Hex[]
    if (BigInt(address) < FIRST_ADDRESS_PAST_PRECOMPILES) return []
    return storageKeys.length > 0 || !warm.has(address) ? [{ address: address as Hex, storageKeys }] : []
  })
  return { list: list.sort((a, b) => (a.address < b.address ? -1 : 1)), frame }
}

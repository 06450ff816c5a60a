import type { Hex, RpcClient } from '../../client/chain/rpc.ts'

/** EIP-1967: keccak256("eip1967.proxy.implementation") − 1, and the same of the beacon. */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
const BEACON_SLOT = '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50'
/** `implementation()` of a beacon. */
const IMPLEMENTATION = '0x5c60da1b'
/** EIP-1167. */
const MINIMAL = /^0x363d3d373d3d3d363d73([0-9a-f]{40})5af43d82803e903d91602b57fd5bf3$/

/** What a proxy stands for (EIP-1967, its beacons, EIP-1167); undefined when the contract is no such proxy. */
export async function proxyTarget(rpc: RpcClient, address: Hex): Promise<Hex | undefined> {
  const code = await rpc.request<Hex>('eth_getCode', [address, 'latest'])
  const minimal = MINIMAL.exec(code)?.[1]
  if (minimal) return `0x${minimal}`
  const read = async (slot: string) => addressIn(await rpc.request<Hex>('eth_getStorageAt', [address, slot, 'latest']))
  const implementation = await read(IMPLEMENTATION_SLOT)
  if (implementation) return implementation
  const beacon = await read(BEACON_SLOT)
  if (!beacon) return undefined
  const answer = await rpc
    .request<Hex>('eth_call', [{ to: beacon, data: IMPLEMENTATION }, 'latest'])
    .catch(() => '0x' as Hex)
  return addressIn(answer)
}

function addressIn(word: Hex): Hex | undefined {
  return /^0x0{24}[0-9a-f]{40}$/i.test(word) && BigInt(word) !== 0n ? `0x${word.slice(-40).toLowerCase()}` : undefined
}

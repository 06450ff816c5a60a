import { type Hex, keccak256, parseTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { type RpcTransaction, recoverSender, transactionBytes, transactionHash } from './transaction-bytes.ts'

const account = privateKeyToAccount('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d')
const to = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'
const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`] }] as const
const fees = { maxFeePerGas: 20n, maxPriorityFeePerGas: 1n }
const hash: Hex = `0x01${'02'.repeat(31)}`

const authorization = await account.signAuthorization({ contractAddress: to, chainId: 31337, nonce: 9 })

const KINDS: [string, TransactionSerializable][] = [
  ['legacy', { type: 'legacy', chainId: 31337, nonce: 0, gas: 21_000n, gasPrice: 9n, to, value: 5n }],
  ['legacy without a chain id', { type: 'legacy', nonce: 7, gas: 21_000n, gasPrice: 9n, to, value: 5n }],
  ['EIP-2930', { type: 'eip2930', chainId: 1, nonce: 3, gas: 50_000n, gasPrice: 9n, to, data: '0x00ff', accessList }],
  ['EIP-1559', { type: 'eip1559', chainId: 16661, nonce: 300, gas: 50_000n, ...fees, to, value: 0n, accessList }],
  ['a creation', { type: 'eip1559', chainId: 31337, nonce: 1, gas: 50_000n, ...fees, data: '0x6000' }],
  [
    'EIP-4844',
    {
      type: 'eip4844',
      chainId: 1,
      nonce: 1,
      gas: 50_000n,
      ...fees,
      to,
      maxFeePerBlobGas: 4n,
      blobVersionedHashes: [hash],
    },
  ],
  [
    'EIP-7702',
    { type: 'eip7702', chainId: 31337, nonce: 1, gas: 90_000n, ...fees, to, authorizationList: [authorization] },
  ],
]

const hex = (value: bigint | number | undefined): Hex => `0x${(value ?? 0).toString(16)}`
const TYPES = { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip4844: '0x3', eip7702: '0x4' } as const

/** The fields of signed bytes as a node answers them. */
function asRpc(serialized: Hex): RpcTransaction {
  const tx = parseTransaction(serialized) as unknown as Record<string, bigint> & {
    type: keyof typeof TYPES
    to?: Hex
    data?: Hex
    r: Hex
    s: Hex
    accessList?: RpcTransaction['accessList']
    blobVersionedHashes?: Hex[]
    authorizationList?: { chainId: number; address: Hex; nonce: number; yParity: number; r: Hex; s: Hex }[]
  }
  return {
    hash: keccak256(serialized),
    type: TYPES[tx.type],
    from: account.address,
    to: tx.to ?? null,
    nonce: hex(tx['nonce']),
    gas: hex(tx['gas']),
    value: hex(tx['value']),
    input: tx.data ?? '0x',
    gasPrice: hex(tx['gasPrice']),
    maxFeePerGas: hex(tx['maxFeePerGas']),
    maxPriorityFeePerGas: hex(tx['maxPriorityFeePerGas']),
    maxFeePerBlobGas: hex(tx['maxFeePerBlobGas']),
    chainId: hex(tx['chainId']),
    accessList: tx.accessList ?? [],
    blobVersionedHashes: tx.blobVersionedHashes ?? [],
    authorizationList: (tx.authorizationList ?? []).map((entry) => ({
      ...entry,
      chainId: hex(entry.chainId),
      nonce: hex(entry.nonce),
      yParity: hex(entry.yParity),
    })),
    ...(tx.type === 'legacy' ? { v: hex(tx['v']) } : { yParity: hex(tx['yParity']) }),
    r: tx.r,
    s: tx.s,
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
  }
}

describe.each(KINDS)('%s', (_name, fields) => {
  test('has the bytes, the hash and the sender that viem gave it', async () => {
    const serialized = await account.signTransaction(fields)
    const tx = asRpc(serialized)
    expect(`0x${Buffer.from(transactionBytes(tx)).toString('hex')}`).toBe(serialized)
    expect(transactionHash(tx)).toBe(keccak256(serialized))
    expect(recoverSender(tx)).toBe(account.address.toLowerCase())
  })
})

test('a signature no key can have made has no sender', async () => {
  const [, fields] = KINDS[3] ?? []
  if (!fields) return
  const tx = asRpc(await account.signTransaction(fields))
  expect(recoverSender({ ...tx, r: '0x0' })).toBeUndefined()
  expect(recoverSender({ ...tx, value: '0x1234' })).not.toBe(account.address.toLowerCase())
})

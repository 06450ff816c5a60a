import { bls12_381 } from '@noble/curves/bls12-381.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Hex, RpcClient } from '../../src/client/chain/rpc.ts'
import { callingPrecompile, deploying, evmCode, join, storeInMemory } from './evm-code.ts'
import { accounts, CONTRACTS } from './test-chain.ts'

export type Sample = { name: string; tx: Record<string, unknown>; status?: 0 | 1 }

const FEES = { chainId: 31337, gas: 2_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n }
const LEGACY = { gasPrice: 10n ** 11n, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
/** s·G1 of the trusted setup of EIP-4844: the commitment to the polynomial x, whose value at z is z, proven by the generator. */
const SETUP_G1 = 'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81'
const INFINITY = `c0${'00'.repeat(47)}`
const EMPTY_BLOB: Hex = `0x${'00'.repeat(131_072)}`

export const alice: PrivateKeyAccount = privateKeyToAccount(accounts[1]?.privateKey ?? '0x')
export const carol: PrivateKeyAccount = privateKeyToAccount(accounts[3]?.privateKey ?? '0x')

export const word = (value: bigint | number) => value.toString(16).padStart(64, '0')
const field = (value: bigint) => value.toString(16).padStart(128, '0')
const versionedHash = (commitment: string) => `01${bytesToHex(sha256(hexToBytes(commitment))).slice(2)}`

/** Code that writes its first word of call data to the slot its second word names. */
export const STORING = evmCode(0, 'CALLDATALOAD', 32, 'CALLDATALOAD', 'SSTORE')

/** Sends signed transactions of alice with nonces of her own count. */
export async function sender(rpc: RpcClient): Promise<(tx: Record<string, unknown>) => Promise<Hex>> {
  let nonce = Number(await rpc.request<Hex>('eth_getTransactionCount', [alice.address, 'pending']))
  return async (tx) => {
    const raw = await alice.signTransaction({ ...FEES, nonce: nonce++, ...tx } as never)
    return await rpc.request<Hex>('eth_sendRawTransaction', [raw])
  }
}

/** One transaction for each thing an EVM does that a second EVM could do differently. `storage` runs {@link STORING}. */
export async function samples(storage: Hex): Promise<Sample[]> {
  const store = (value: number, slot: number, to: Hex = storage) => ({ to, data: `0x${word(value)}${word(slot)}` })
  const child = deploying(evmCode(1, 'SLOAD'))
  const delegate = (address: Hex, nonce: number) =>
    carol.signAuthorization({ chainId: 31337, contractAddress: address, nonce })
  return [
    { name: 'a transfer', tx: { to: accounts[2]?.address, value: 5n } },
    {
      name: 'a legacy transfer to a new account',
      tx: { type: 'legacy', ...LEGACY, to: `0x${'5e'.repeat(20)}`, value: 5n },
    },
    { name: 'a transfer of nothing to nobody', tx: { to: `0x${'5f'.repeat(20)}` } },
    { name: 'call data that costs its floor', tx: { to: accounts[2]?.address, data: `0x${'11'.repeat(5_000)}` } },
    { name: 'a contract creation', tx: { data: deploying(STORING), value: 0n } },
    { name: 'a revert', tx: { to: CONTRACTS.reverting }, status: 0 },
    { name: 'running out of gas', tx: { to: CONTRACTS.looping, gas: 60_000n }, status: 0 },
    { name: 'an invalid opcode', tx: { data: evmCode('INVALID'), gas: 100_000n }, status: 0 },
    { name: 'a log', tx: { to: CONTRACTS.logging } },
    ...[1, 2, 3, 4].map((slot) => ({ name: `setting slot ${slot}`, tx: store(slot, slot) })),
    { name: 'setting a slot to what it is', tx: store(2, 2) },
    ...[1, 2, 3, 4].map((slot) => ({ name: `clearing slot ${slot}, with a refund`, tx: store(0, slot) })),
    {
      name: 'an access list',
      tx: {
        ...store(9, 1),
        ...LEGACY,
        type: 'eip2930',
        accessList: [{ address: storage, storageKeys: [`0x${word(1)}`] }],
      },
    },
    { name: 'destroying itself while created', tx: { data: evmCode('CALLER', 'SELFDESTRUCT'), value: 7n } },
    {
      name: 'CREATE and CREATE2 of the same code',
      tx: {
        data: join(
          storeInMemory(child),
          evmCode(
            77,
            (child.length - 2) / 2,
            0,
            0,
            'CREATE2',
            (child.length - 2) / 2,
            0,
            0,
            'CREATE',
            0,
            'MSTORE',
            32,
            'MSTORE',
          ),
          evmCode(64, 0, 'LOG0'),
        ),
      },
    },
    {
      name: 'everything a block says about itself',
      tx: {
        data: join(
          ...(
            [
              'PREVRANDAO',
              'TIMESTAMP',
              'BASEFEE',
              'COINBASE',
              'CHAINID',
              'GASLIMIT',
              'BLOBBASEFEE',
              'GASPRICE',
              'GAS',
            ] as const
          ).map((opcode, at) => evmCode(opcode, at * 32, 'MSTORE')),
          evmCode(9 * 32, 0, 'LOG0'),
        ),
      },
    },
    {
      name: 'BLOCKHASH near and far',
      tx: {
        data: join(
          evmCode(1, 'BLOCKHASH', 0, 'MSTORE', 1, 'NUMBER', 'SUB', 'BLOCKHASH', 32, 'MSTORE'),
          evmCode('NUMBER', 'BLOCKHASH', 64, 'MSTORE', 96, 0, 'LOG0'),
        ),
      },
    },
    { name: 'transient storage', tx: { data: evmCode(5, 6, 'TSTORE', 6, 'TLOAD', 7, 'SSTORE') } },
    { name: 'paying the block producer', tx: { data: evmCode(0, 0, 0, 0, 3, 'COINBASE', 'GAS', 'CALL'), value: 3n } },
    {
      name: 'delegating an account (EIP-7702)',
      tx: {
        type: 'eip7702',
        authorizationList: [await delegate(storage, 0)],
        ...store(5, 1, carol.address),
      },
    },
    { name: 'calling the delegated account', tx: store(6, 1, carol.address) },
    {
      name: 'taking the delegation back',
      tx: { type: 'eip7702', authorizationList: [await delegate(`0x${'00'.repeat(20)}`, 1)], to: carol.address },
    },
    {
      name: 'an authorization that does not count',
      tx: { type: 'eip7702', authorizationList: [await delegate(storage, 9)], to: carol.address },
    },
    ...precompileSamples(),
    {
      name: 'a blob',
      tx: {
        type: 'eip4844',
        to: accounts[2]?.address,
        gas: 100_000n,
        maxFeePerBlobGas: 10n ** 10n,
        blobVersionedHashes: [`0x${versionedHash(INFINITY)}`],
        sidecars: [{ blob: EMPTY_BLOB, commitment: `0x${INFINITY}`, proof: `0x${INFINITY}` }],
      },
    },
  ]
}

function precompileSamples(): Sample[] {
  const hash = new Uint8Array(32).fill(9)
  const key = new Uint8Array(32).fill(1)
  const signature = secp256k1.Signature.fromBytes(
    secp256k1.sign(hash, key, { prehash: false, format: 'recovered' }),
    'recovered',
  )
  const [g1, g2] = [bls12_381.G1.Point.BASE.toAffine(), bls12_381.G2.Point.BASE.toAffine()]
  const G1 = field(g1.x) + field(g1.y)
  const G2 = field(g2.x.c0) + field(g2.x.c1) + field(g2.y.c0) + field(g2.y.c1)
  const generator = bls12_381.G1.Point.BASE.toHex(true)
  const evaluation = (y: number) => versionedHash(SETUP_G1) + word(77) + word(y) + SETUP_G1 + generator
  /** the generator of bn254's second group, imaginary parts first */
  const BN_G2 =
    '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa'
  const inputs: [name: string, address: number, input: string, outputBytes: number][] = [
    [
      'ecrecover',
      1,
      bytesToHex(hash) + word(27 + (signature.recovery ?? 0)) + word(signature.r) + word(signature.s),
      32,
    ],
    ['ecrecover of nobody', 1, word(0) + word(27) + word(0) + word(0), 32],
    ['sha256', 2, '010203', 32],
    ['ripemd160', 3, '010203', 32],
    ['identity', 4, '010203', 3],
    ['modexp', 5, `${word(1)}${word(32)}${word(32)}03${'ff'.repeat(32)}${'fe'.repeat(31)}01`, 32],
    ['bn254 addition', 6, word(1) + word(2) + word(1) + word(2), 64],
    ['bn254 addition off the curve', 6, word(1) + word(3) + word(1) + word(2), 64],
    ['bn254 multiplication', 7, word(1) + word(2) + word(5), 64],
    ['bn254 pairing', 8, word(1) + word(2) + BN_G2, 32],
    ['blake2f', 9, `0000000c${'48'.repeat(64)}${'61'.repeat(128)}${'03'}${'00'.repeat(15)}01`, 64],
    ['point evaluation', 10, evaluation(77), 64],
    ['a wrong point evaluation', 10, evaluation(78), 64],
    ['BLS G1 addition', 11, G1 + G1, 128],
    ['BLS G1 multiplication', 12, G1 + word(7), 128],
    ['BLS G2 addition', 13, G2 + G2, 256],
    ['BLS G2 multiplication', 14, G2 + word(7), 256],
    ['BLS pairing', 15, G1 + G2, 32],
    ['BLS map to G1', 16, field(5n), 128],
    ['BLS map to G2', 17, field(5n) + field(6n), 256],
  ]
  return inputs.map(([name, address, input, outputBytes]) => ({
    name,
    tx: { data: callingPrecompile(address, `0x${input}`, outputBytes) },
  }))
}

import { type Abi, decodeEventLog, decodeFunctionResult, domainSeparator, type Hex, keccak256, toHex } from 'viem'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { callFunction, send as sendCall } from '../../src/client/chain/contract-call.ts'
import { type ContractName, contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { decodeCustomError } from '../../src/contracts/decode-error.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { BlsSigner, drawRows, hashToG1, sumG1 } from '../helpers/bls-signer.ts'
import { account, ContractWorld, calldata, type Log } from '../helpers/contract-world.ts'
import { startTestChain } from '../helpers/test-chain.ts'

const CHAIN = 31_337n
const OG = 10n ** 18n
const at = DEVNET_ADDRESSES

let world: ContractWorld
let clean: string
beforeAll(async () => {
  world = await ContractWorld.start()
})
beforeEach(async () => {
  if (clean) await world.rewind(clean)
  clean = await world.request<string>('evm_snapshot')
})

type Sent = { error: string | undefined; logs: Log[]; gasUsed: bigint }

async function send(
  from: number,
  name: ContractName,
  fn: string,
  args: readonly unknown[] = [],
  valueWei = 0n,
): Promise<Sent> {
  const outcome = await world.transact({ from, to: at[name], data: calldata(contractAbi(name), fn, args), valueWei })
  const error = outcome.revert === undefined ? undefined : (decodeCustomError(outcome.revert)?.name ?? outcome.revert)
  return { error, logs: outcome.logs, gasUsed: outcome.gasUsed }
}

async function read<T>(name: ContractName, fn: string, args: readonly unknown[] = [], from = 9): Promise<T> {
  const answer = await world.call({ from, to: at[name], data: calldata(contractAbi(name), fn, args) })
  if ('revert' in answer) throw new Error(decodeCustomError(answer.revert)?.name ?? answer.revert)
  return decodeFunctionResult({ abi: contractAbi(name) as Abi, functionName: fn, data: answer.result }) as T
}

function signerAt(index: number): BlsSigner {
  return new BlsSigner(BigInt(index) + 1000n, account(index).address)
}

const detail = (signer: BlsSigner, socket = 'localhost:34000') => ({
  signer: signer.address,
  socket,
  pkG1: signer.pkG1,
  pkG2: signer.pkG2,
})

async function register(index: number, epoch = 1n): Promise<BlsSigner> {
  const signer = signerAt(index)
  const first = await send(index, 'DARegistry', 'registerSigner', [detail(signer), signer.signRegistration(CHAIN)])
  expect(first.error).toBeUndefined()
  const second = await send(index, 'DARegistry', 'registerNextEpoch', [signer.signEpoch(epoch, CHAIN)])
  expect(second.error).toBeUndefined()
  return signer
}

describe('DASigners', () => {
  test('has the selectors and the topics of the public networks', () => {
    const abi = contractAbi('DASigners')
    const of = (fn: string, args: readonly unknown[]) => calldata(abi, fn, args).slice(0, 10)
    const zero = { X: 0n, Y: 0n }
    const details = { signer: at.Flow, socket: '', pkG1: zero, pkG2: { X: [0n, 0n], Y: [0n, 0n] } }
    expect({
      params: of('params', []),
      epochNumber: of('epochNumber', []),
      quorumCount: of('quorumCount', [0n]),
      isSigner: of('isSigner', [at.Flow]),
      getSigner: of('getSigner', [[]]),
      getQuorum: of('getQuorum', [0n, 0n]),
      getQuorumRow: of('getQuorumRow', [0n, 0n, 0]),
      registerSigner: of('registerSigner', [details, zero]),
      updateSocket: of('updateSocket', ['']),
      registeredEpoch: of('registeredEpoch', [at.Flow, 0n]),
      registerNextEpoch: of('registerNextEpoch', [at.Flow, zero, 0n]),
      makeEpoch: of('makeEpoch', []),
      getAggPkG1: of('getAggPkG1', [0n, 0n, '0x']),
    }).toEqual({
      params: '0xcff0ab96',
      epochNumber: '0xf4145a83',
      quorumCount: '0x5ecba503',
      isSigner: '0x7df73e27',
      getSigner: '0xd1f5e5f8',
      getQuorum: '0x6ab6f654',
      getQuorumRow: '0xfa6fcba6',
      registerSigner: '0x7ca4dd5e',
      updateSocket: '0x0cf4b767',
      registeredEpoch: '0x6c9e560c',
      registerNextEpoch: '0x0f62bda5',
      makeEpoch: '0x5a889f0c',
      getAggPkG1: '0x50b73739',
    })
    expect(calldata(contractAbi('DARegistry'), 'registerNextEpoch', [zero]).slice(0, 10)).toBe('0x56a32372')
  })

  test('hashes to the curve as the vector says', () => {
    const root = `0x${'11'.repeat(32)}` as Hex
    const word = (value: bigint) => toHex(value, { size: 32 }).slice(2)
    const digest = keccak256(`${root}${word(1n)}${word(2n)}${word(1n)}${word(2n)}`)
    expect(hashToG1(digest)).toEqual({
      X: 3104132272622526655068902279970515367044771064982988265068273751564440697689n,
      Y: 14983672482514514723382346054400511740670770934276906876175822994665721348371n,
    })
  })

  test('takes a signer in by a signature of its key, once, and tells its details', async () => {
    const signer = signerAt(1)
    const signature = signer.signRegistration(CHAIN)
    expect(await read('DASigners', 'isSigner', [signer.address])).toBe(false)
    const sent = await send(1, 'DARegistry', 'registerSigner', [detail(signer), signature])
    expect(sent.error).toBeUndefined()
    expect(sent.logs.map(({ topics }) => topics[0])).toEqual([
      '0x679917c2006df1daaa987a56bf1d66e99764d5ad317892d9e83a6eb4e3f051e7',
      '0x09617a966176a40f8f1410768b118506db0096484acd5811064fcc12038798de',
    ])
    expect(await read('DASigners', 'isSigner', [signer.address])).toBe(true)
    expect(await read('DASigners', 'getSigner', [[signer.address]])).toEqual([detail(signer)])
    expect((await send(1, 'DARegistry', 'registerSigner', [detail(signer), signature])).error).toBe('DASignerExists')
    expect((await send(1, 'DASigners', 'updateSocket', ['10.0.0.1:34000'])).error).toBeUndefined()
    expect(await read('DASigners', 'getSigner', [[signer.address]])).toEqual([detail(signer, '10.0.0.1:34000')])
    await expect(read('DASigners', 'getSigner', [[at.Flow]])).rejects.toThrow('DASignerUnknown')
    expect((await send(2, 'DASigners', 'updateSocket', ['x'])).error).toBe('DASignerUnknown')
  })

  test.each([
    ['a signature of another key', (signer: BlsSigner) => [detail(signer), signerAt(3).signRegistration(CHAIN)]],
    ['a signature for another chain', (signer: BlsSigner) => [detail(signer), signer.signRegistration(1n)]],
    [
      'keys that do not belong together',
      (signer: BlsSigner) => [{ ...detail(signer), pkG2: signerAt(3).pkG2 }, signer.signRegistration(CHAIN)],
    ],
    [
      'a G2 key with its halves exchanged',
      (signer: BlsSigner) => {
        const { X, Y } = signer.pkG2
        return [{ ...detail(signer), pkG2: { X: [X[1], X[0]], Y: [Y[1], Y[0]] } }, signer.signRegistration(CHAIN)]
      },
    ],
  ])('refuses %s', async (_, args) => {
    expect((await send(1, 'DARegistry', 'registerSigner', args(signerAt(1)))).error).toBe('DASignersInvalidSignature')
  })

  test('refuses points off the curve, other senders, and the way past the registry', async () => {
    const signer = signerAt(1)
    const off = { ...detail(signer), pkG1: { X: 1n, Y: 3n } }
    expect((await send(1, 'DARegistry', 'registerSigner', [off, signer.signRegistration(CHAIN)])).error).toBe(
      'BN254OperationFailed',
    )
    const args = [detail(signer), signer.signRegistration(CHAIN)]
    expect((await send(2, 'DARegistry', 'registerSigner', args)).error).toBe('ErrSenderNotSigner')
    expect((await send(1, 'DASigners', 'registerSigner', args)).error).toBe('DASignersSenderNotRegistry')
    expect((await send(1, 'DARegistry', 'registerNextEpoch', [signer.signEpoch(1n, CHAIN)])).error).toBe(
      'DASignerUnknown',
    )
  })

  test('an epoch draws its rows from the ballots of those registered for it', async () => {
    const signers = [await register(1), await register(2)]
    expect(await read('DASigners', 'registeredEpoch', [account(1).address, 1n])).toBe(true)
    const again = await send(1, 'DARegistry', 'registerNextEpoch', [signers[0]?.signEpoch(1n, CHAIN)])
    expect(again.error).toBe('DASignersAlreadyRegistered')
    const made = await send(9, 'DASigners', 'makeEpoch')
    expect(made.error).toBeUndefined()
    expect([await read('DASigners', 'epochNumber'), await read('DASigners', 'quorumCount', [1n])]).toEqual([1n, 1n])
    const rows = await read<Hex[]>('DASigners', 'getQuorum', [1n, 0n])
    // 10,000 0G less gas are 333 votes
    const entries = signers.map((signer) => ({
      address: signer.address,
      signature: signer.signEpoch(1n, CHAIN),
      votes: 333,
    }))
    expect(rows).toEqual(drawRows(entries, 3072))
    expect(await read('DASigners', 'getQuorumRow', [1n, 0n, 3071])).toBe(rows[3071])
    await expect(read('DASigners', 'getQuorumRow', [1n, 0n, 3072])).rejects.toThrow('DAQuorumRowUnknown')
    await expect(read('DASigners', 'getQuorum', [1n, 1n])).rejects.toThrow('DAQuorumUnknown')
    await expect(read('DASigners', 'getQuorum', [2n, 0n])).rejects.toThrow('DAQuorumUnknown')
  })

  test('aggregates the keys of the rows that signed: from its first set bit on, every row of a signer counts', async () => {
    const [one, two] = [await register(1), await register(2)]
    await send(9, 'DASigners', 'makeEpoch')
    const rows = await read<Hex[]>('DASigners', 'getQuorum', [1n, 0n])
    const bitmap = (...set: number[]) => {
      const bytes = new Uint8Array(384)
      for (const row of set) bytes[row >> 3] = (bytes[row >> 3] ?? 0) | (1 << (row & 7))
      return toHex(bytes)
    }
    const aggregate = (bits: Hex) => read('DASigners', 'getAggPkG1', [1n, 0n, bits])
    expect(await aggregate(bitmap())).toEqual([{ X: 0n, Y: 0n }, 3072n, 0n])
    const late = rows.indexOf(one.address, 100)
    const after = rows.slice(late).filter((row) => row === one.address).length
    expect(await aggregate(bitmap(late))).toEqual([one.pkG1, 3072n, BigInt(after)])
    const all = bitmap(...rows.keys())
    expect(await aggregate(all)).toEqual([sumG1([one.pkG1, two.pkG1]), 3072n, 3072n])
    await expect(aggregate('0x00')).rejects.toThrow('DAQuorumBitmapLength')
  })

  test('the next epoch begins after its blocks and not before; nobody registered means no quorum', async () => {
    const params = await read<{ epochBlocks: bigint }>('DASigners', 'params')
    expect(params).toEqual({
      tokensPerVote: 30n,
      maxVotesPerSigner: 1024n,
      maxQuorums: 10n,
      epochBlocks: 100n,
      encodedSlices: 3072n,
    })
    await send(9, 'DASigners', 'makeEpoch')
    await send(9, 'DASigners', 'makeEpoch')
    expect(await read('DASigners', 'epochNumber')).toBe(1n)
    await world.request('hardhat_mine', [toHex(params.epochBlocks - 2n), '0x0'])
    await send(9, 'DASigners', 'makeEpoch')
    expect(await read('DASigners', 'epochNumber')).toBe(2n)
    expect(await read('DASigners', 'quorumCount', [2n])).toBe(0n)
  })

  test('more than 3,072 ballots make full quorums and one of the last rows; one block is enough for it', async () => {
    for (const index of [1, 2, 3, 4]) {
      await world.request('hardhat_setBalance', [account(index).address, toHex(50_000n * OG)])
      await register(index)
    }
    const data = calldata(contractAbi('DASigners'), 'makeEpoch')
    // the node runs no transaction of more than 30 million gas
    const call = { from: account(8).address, to: at.DASigners, data, gas: toHex(20_000_000), gasPrice: '0x0' }
    await world.request('eth_sendTransaction', [call])
    // 4 × 1,024 ballots
    expect(await read('DASigners', 'quorumCount', [1n])).toBe(2n)
    const [first, last] = [
      await read<Hex[]>('DASigners', 'getQuorum', [1n, 0n]),
      await read<Hex[]>('DASigners', 'getQuorum', [1n, 1n]),
    ]
    expect(first.slice(1024)).toEqual(last.slice(0, 2048))
  })
})

describe('W0G and WrappedA0GIBase', () => {
  const balance = (index: number) => read<bigint>('W0G', 'balanceOf', [account(index).address])

  test('W0G wraps and unwraps as WETH9', async () => {
    expect([await read('W0G', 'name'), await read('W0G', 'symbol'), await read('W0G', 'decimals')]).toEqual([
      'Wrapped 0G',
      'W0G',
      18,
    ])
    await send(1, 'W0G', 'deposit', [], 3n * OG)
    await world.transact({ from: 2, to: at.W0G, data: '0x', valueWei: OG })
    expect([await balance(1), await balance(2), await read('W0G', 'totalSupply')]).toEqual([3n * OG, OG, 4n * OG])
    await send(1, 'W0G', 'transfer', [account(2).address, OG])
    await send(1, 'W0G', 'approve', [account(3).address, OG])
    expect((await send(3, 'W0G', 'transferFrom', [account(1).address, account(3).address, OG + 1n])).error).toBe(
      'Error',
    )
    expect((await send(3, 'W0G', 'transferFrom', [account(1).address, account(3).address, OG])).error).toBeUndefined()
    expect([await balance(1), await balance(2), await balance(3)]).toEqual([OG, 2n * OG, OG])
    const before = await world.balanceOf(account(2).address)
    await send(2, 'W0G', 'withdraw', [2n * OG])
    expect((await world.balanceOf(account(2).address)) - before).toBe(2n * OG)
    expect((await send(2, 'W0G', 'withdraw', [1n])).error).toBe('Panic')
  })

  test('a minter mints and burns native coins within its cap', async () => {
    const minter = account(4).address
    expect(await read('WrappedA0GIBase', 'getWA0GI')).toBe('0x1Cd0690fF9a693f5EF2dD976660a8dAFc81A109c')
    expect((await send(4, 'W0G', 'mint', [account(5).address, 1n])).error).toBe('InsufficientMintCap')
    expect((await send(4, 'WrappedA0GIBase', 'setMinterCap', [minter, OG, 0n])).error).toBe('SenderNotAgency')
    expect((await send(0, 'WrappedA0GIBase', 'setMinterCap', [minter, 5n * OG, OG])).error).toBeUndefined()
    const minted = await send(4, 'W0G', 'mint', [account(5).address, 4n * OG])
    const event = decodeEventLog({
      abi: contractAbi('W0G'),
      ...(minted.logs[0] as unknown as { data: Hex; topics: [Hex] }),
    })
    expect(event).toMatchObject({ eventName: 'Mint', args: { minter, recipient: account(5).address, wad: 4n * OG } })
    expect([await balance(5), await world.balanceOf(at.W0G)]).toEqual([4n * OG, 4n * OG])
    expect((await send(4, 'W0G', 'mint', [account(5).address, 1n])).error).toBe('InsufficientMintCap')
    expect(await read('WrappedA0GIBase', 'minterSupply', [minter])).toEqual({
      cap: 5n * OG,
      initialSupply: OG,
      supply: 5n * OG,
    })
    // what was minted is worth native coins
    await send(5, 'W0G', 'withdraw', [OG])
    await send(5, 'W0G', 'transfer', [minter, 2n * OG])
    expect((await send(4, 'W0G', 'burn', [3n * OG])).error).toBe('Panic')
    const burn = calldata([{ type: 'function', name: 'burn', inputs: [{ type: 'uint256' }] }], 'burn', [2n * OG])
    expect((await world.transact({ from: 4, to: at.W0G, data: burn })).revert).toBeUndefined()
    expect(await world.balanceOf(at.W0G)).toBe(OG)
    expect((await send(4, 'W0G', 'burnFrom', [account(5).address, OG])).error).toBe('Error')
    await send(5, 'W0G', 'approve', [minter, OG])
    expect((await send(4, 'W0G', 'burnFrom', [account(5).address, OG])).error).toBeUndefined()
    expect([await balance(5), await world.balanceOf(at.W0G)]).toEqual([0n, 0n])
    const { supply } = await read<{ supply: bigint }>('WrappedA0GIBase', 'minterSupply', [minter])
    expect(supply).toBe(2n * OG)
  })

  test('only W0G mints, burns and returns coins', async () => {
    expect((await send(0, 'WrappedA0GIBase', 'mint', [account(0).address, 1n])).error).toBe('SenderNotWA0GI')
    expect((await send(0, 'WrappedA0GIBase', 'burn', [account(0).address, 1n])).error).toBe('SenderNotWA0GI')
    const { revert } = await world.transact({ from: 0, to: at.WrappedA0GIBase, data: '0x', valueWei: 1n })
    expect(decodeCustomError(revert ?? '')?.name).toBe('SenderNotWA0GI')
  })
})

describe('Permit2', () => {
  const domain = { name: 'Permit2', chainId: 31_337, verifyingContract: at.Permit2 } as const
  const PERMISSIONS = [
    { name: 'token', type: 'address' },
    { name: 'amount', type: 'uint256' },
  ] as const
  const SPEND = [
    { name: 'spender', type: 'address' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ] as const
  const END = 10n ** 12n

  async function wrapAndApprove(index: number): Promise<void> {
    await send(index, 'W0G', 'deposit', [], 10n * OG)
    await send(index, 'W0G', 'approve', [at.Permit2, 2n ** 256n - 1n])
  }
  const balance = (address: Hex) => read<bigint>('W0G', 'balanceOf', [address])

  test('its domain is that of the chain it is on', async () => {
    expect(await read<Hex>('Permit2', 'DOMAIN_SEPARATOR')).toBe(domainSeparator({ domain }))
  })

  test('an allowance by signature is spent, ends and cannot be used twice', async () => {
    await wrapAndApprove(1)
    const types = {
      PermitSingle: [
        { name: 'details', type: 'PermitDetails' },
        { name: 'spender', type: 'address' },
        { name: 'sigDeadline', type: 'uint256' },
      ],
      PermitDetails: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint160' },
        { name: 'expiration', type: 'uint48' },
        { name: 'nonce', type: 'uint48' },
      ],
    } as const
    const expiration = world.nowSeconds + 1000
    const message = {
      details: { token: at.W0G, amount: 3n * OG, expiration, nonce: 0 },
      spender: account(2).address,
      sigDeadline: END,
    }
    const signature = await account(1).signTypedData({ domain, types, primaryType: 'PermitSingle', message })
    const permit = {
      type: 'function',
      name: 'permit',
      inputs: (contractAbi('Permit2') as Abi).flatMap((item) =>
        item.type === 'function' && item.name === 'permit' && item.inputs[1]?.name === 'permitSingle'
          ? item.inputs
          : [],
      ),
    }
    const data = calldata([permit], 'permit', [account(1).address, message, signature])
    expect((await world.transact({ from: 9, to: at.Permit2, data })).revert).toBeUndefined()
    expect(decodeCustomError((await world.transact({ from: 9, to: at.Permit2, data })).revert ?? '')?.name).toBe(
      'InvalidNonce',
    )
    const take = (amount: bigint) => {
      const inputs = ['address', 'address', 'uint160', 'address'].map((type) => ({ type }))
      const args = [account(1).address, account(2).address, amount, at.W0G]
      return world.transact({
        from: 2,
        to: at.Permit2,
        data: calldata([{ type: 'function', name: 'transferFrom', inputs }], 'transferFrom', args),
      })
    }
    expect((await take(2n * OG)).revert).toBeUndefined()
    expect(decodeCustomError((await take(2n * OG)).revert ?? '')?.name).toBe('InsufficientAllowance')
    world.travel(2000)
    expect(decodeCustomError((await take(1n)).revert ?? '')?.name).toBe('AllowanceExpired')
    expect(await balance(account(2).address)).toBe(2n * OG)
  })

  test.each([
    ['65 bytes', (signature: Hex) => signature, undefined],
    [
      '64 bytes (EIP-2098)',
      (signature: Hex) => {
        const odd = signature.slice(-2) === '1c'
        const s = BigInt(`0x${signature.slice(66, 130)}`) | (odd ? 1n << 255n : 0n)
        return `0x${signature.slice(2, 66)}${toHex(s, { size: 32 }).slice(2)}` as Hex
      },
      undefined,
    ],
    ['63 bytes', (signature: Hex) => signature.slice(0, 128) as Hex, 'InvalidSignatureLength'],
    ['another account', () => `0x${'11'.repeat(64)}1b` as Hex, 'InvalidSignature|InvalidSigner'],
  ])('a transfer by signature with a witness: %s', async (_, change, error) => {
    await wrapAndApprove(1)
    const types = {
      PermitWitnessTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        ...SPEND,
        { name: 'witness', type: 'Order' },
      ],
      TokenPermissions: PERMISSIONS,
      Order: [{ name: 'id', type: 'uint256' }],
    } as const
    const permitted = { token: at.W0G, amount: 5n * OG }
    const message = { permitted, spender: account(2).address, nonce: 700n, deadline: END, witness: { id: 7n } }
    const signature = change(
      await account(1).signTypedData({ domain, types, primaryType: 'PermitWitnessTransferFrom', message }),
    )
    const orderType = keccak256(toHex('Order(uint256 id)'))
    const witness = keccak256(`${orderType}${toHex(7n, { size: 32 }).slice(2)}`)
    const single = (contractAbi('Permit2') as Abi).filter(
      (item) =>
        item.type === 'function' && item.name === 'permitWitnessTransferFrom' && item.inputs[1]?.type === 'tuple',
    )
    const data = calldata(single, 'permitWitnessTransferFrom', [
      { permitted, nonce: 700n, deadline: END },
      { to: account(3).address, requestedAmount: 4n * OG },
      account(1).address,
      witness,
      'Order witness)Order(uint256 id)TokenPermissions(address token,uint256 amount)',
      signature,
    ])
    const name = async (from: number) => {
      const { revert } = await world.transact({ from, to: at.Permit2, data })
      return revert === undefined ? undefined : decodeCustomError(revert)?.name
    }
    if (error !== undefined) return expect(await name(2)).toMatch(new RegExp(`^(${error})$`))
    expect(await name(4)).toBe('InvalidSigner')
    expect(await name(2)).toBeUndefined()
    expect(await balance(account(3).address)).toBe(4n * OG)
    expect(await name(2)).toBe('InvalidNonce')
    expect(await read('Permit2', 'nonceBitmap', [account(1).address, 2n])).toBe(1n << 188n)
  })
})

describe('staking, which is simulated', () => {
  const PUBKEY = `0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb`

  test('there is one validator, with the minimum stake, where Staking computes it', async () => {
    expect([await read('Staking', 'validatorCount'), await read('Staking', 'maxValidatorCount')]).toEqual([1, 1])
    const validator = await read<Hex>('Staking', 'getValidator', [PUBKEY])
    expect(validator.toLowerCase()).toBe(at.SimulatedValidator)
    expect(await read('Staking', 'computeValidatorAddress', [PUBKEY])).toBe(validator)
    expect(await read('Staking', 'getValidator', ['0x01'])).toBe(`0x${'0'.repeat(40)}`)
    expect([
      await read('SimulatedValidator', 'tokens'),
      await read('SimulatedValidator', 'delegatorShares'),
      await read('SimulatedValidator', 'commissionRate'),
      await read('SimulatedValidator', 'withdrawalFeeInGwei'),
      await read('SimulatedValidator', 'getDelegation', [account(0).address]),
      await read('SimulatedValidator', 'getDelegation', [account(1).address]),
    ]).toEqual([32n * OG, 32n * OG, 50_000, 1n, [account(0).address, 32n * OG], [account(1).address, 0n]])
  })

  test('nobody joins or leaves', async () => {
    const delegate = await send(1, 'SimulatedValidator', 'delegate', [account(1).address], 32n * OG)
    expect(delegate.error).toBe('StakingSimulated')
    expect((await send(1, 'Staking', 'createValidator', [PUBKEY])).error).toBe('StakingSimulated')
  })
})

describe('system contracts of the hardfork and factories', () => {
  test('block hashes (EIP-2935) answer, beacon roots (EIP-4788) are unknown', async () => {
    await send(1, 'W0G', 'deposit')
    const block = await world.request<{ number: Hex; hash: Hex; timestamp: Hex }>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    await send(1, 'W0G', 'deposit')
    const word = (value: Hex) => toHex(BigInt(value), { size: 32 })
    const ask = (to: Hex, value: Hex) => world.call({ from: 9, to, data: word(value) })
    expect(await ask(at.BlockHashHistory, block.number)).toEqual({ result: block.hash })
    expect(await ask(at.BlockHashHistory, toHex(BigInt(block.number) + 9n))).toEqual({ revert: '0x' })
    // the engine has the contract of EIP-4788 but writes no roots into it
    expect(await ask('0x000f3df6d732807ef1319fb7b8bb8522d0beac02', block.timestamp)).toEqual({ revert: '0x' })
  })

  test.each([at.Create2Factory, at.SafeSingletonFactory])(
    'the factory at %s deploys by salt and code',
    async (factory) => {
      const salt = toHex(9, { size: 32 })
      const creation = '0x600160005360016000f3'
      await world.transact({ from: 9, to: factory, data: `${salt}${creation.slice(2)}` })
      const expected = `0x${keccak256(`0xff${factory.slice(2)}${salt.slice(2)}${keccak256(creation).slice(2)}`).slice(-40)}`
      expect(await world.request('eth_getCode', [expected, 'latest'])).toBe('0x01')
    },
  )
})

describe('by their names', () => {
  test('calls and transactions of the client decode results and errors', async () => {
    await using chain = await startTestChain({ genesisFile: genesisFilePath() })
    const profile = { ...chain.profile, contracts: at }
    const call = (target: string, functionText: string, args: string[] = []) =>
      callFunction({ target, functionText, args }, { profile })
    expect((await call('DASigners', 'epochNumber')).outputs).toMatchObject([{ type: 'uint256', value: 0n }])
    expect((await call('W0G', 'symbol')).outputs).toMatchObject([{ value: 'W0G' }])
    expect((await call('Permit2', 'allowance', ['alice', 'W0G', 'bob'])).outputs).toHaveLength(3)
    await expect(call('DASigners', 'getQuorum', ['1', '0'])).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      message: expect.stringContaining('epoch 1 has no quorum 0'),
      hint: expect.stringContaining('makeEpoch'),
    })
    const sent = await sendCall({ target: 'DASigners', functionText: 'makeEpoch' }, { profile, from: 'bob' })
    expect(sent.toName).toBe('DASigners')
    expect((await call('DASigners', 'epochNumber')).outputs).toMatchObject([{ value: 1n }])
  })

  test('stand there on every chain id, and Permit2 knows which', async () => {
    await using chain = await startTestChain({ genesisFile: genesisFilePath(), chainId: 16_602 })
    const data = calldata(contractAbi('Permit2'), 'DOMAIN_SEPARATOR')
    const answer = await chain.rpc.request<Hex>('eth_call', [{ to: at.Permit2, data }, 'latest'])
    expect(answer).toBe(
      domainSeparator({ domain: { name: 'Permit2', chainId: 16_602, verifyingContract: at.Permit2 } }),
    )
  })
})

import { type Account, type Hex, maxUint256, parseSignature, zeroAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Instance, openTokenWorld, type TokenWorld } from '../helpers/token-world.ts'

/** OpenZeppelin's ERC-20 with permit and votes on the node: what a standard suite asks of a token, through viem. */
let world: TokenWorld
let token: Instance
let owner: Account
let friend: Account
let spender: Account

const SUPPLY = 1_000n

beforeAll(async () => {
  world = await openTokenWorld()
  ;[owner, friend, spender] = world.people as [Account, Account, Account]
  token = await world.deploy('Token')
  await token.write(owner, 'mint', owner.address, SUPPLY)
})
afterAll(() => world[Symbol.asyncDispose]())

const balanceOf = (account: Account) => token.read<bigint>('balanceOf', account.address)

/** Runs on the state as it is now and takes it back. */
async function undone(work: () => Promise<void>): Promise<void> {
  const id = await world.tester.snapshot()
  try {
    await work()
  } finally {
    await world.tester.revert({ id })
  }
}

describe('transfer', () => {
  test.each([0n, 1n, SUPPLY])('moves %s and says so', async (value) => {
    await undone(async () => {
      const { events } = await token.write(owner, 'transfer', friend.address, value)
      expect(events).toEqual([{ name: 'Transfer', args: { from: owner.address, to: friend.address, value } }])
      expect([await balanceOf(owner), await balanceOf(friend)]).toEqual([SUPPLY - value, value])
      expect(await token.read('totalSupply')).toBe(SUPPLY)
    })
  })

  test('to oneself changes nothing', async () => {
    await token.write(owner, 'transfer', owner.address, 7n)
    expect(await balanceOf(owner)).toBe(SUPPLY)
  })

  test('more than there is, or to nobody, is refused with the figures', async () => {
    expect(await token.refusal(owner, 'transfer', friend.address, SUPPLY + 1n)).toEqual([
      'ERC20InsufficientBalance',
      owner.address,
      SUPPLY,
      SUPPLY + 1n,
    ])
    expect(await token.refusal(owner, 'transfer', zeroAddress, 1n)).toEqual(['ERC20InvalidReceiver', zeroAddress])
  })
})

describe('allowance', () => {
  test('is spent by what is moved, and refused beyond it', async () => {
    await undone(async () => {
      const { events } = await token.write(owner, 'approve', spender.address, 100n)
      expect(events).toEqual([
        { name: 'Approval', args: { owner: owner.address, spender: spender.address, value: 100n } },
      ])
      const moved = await token.write(spender, 'transferFrom', owner.address, friend.address, 60n)
      // Spending an allowance is no Approval (OpenZeppelin 5).
      expect(moved.events.map(({ name }) => name)).toEqual(['Transfer'])
      expect(await token.read('allowance', owner.address, spender.address)).toBe(40n)
      expect(await token.refusal(spender, 'transferFrom', owner.address, friend.address, 41n)).toEqual([
        'ERC20InsufficientAllowance',
        spender.address,
        40n,
        41n,
      ])
    })
  })

  test('without end it is not spent, and it buys no more than the owner has', async () => {
    await undone(async () => {
      await token.write(owner, 'approve', spender.address, maxUint256)
      await token.write(spender, 'transferFrom', owner.address, friend.address, 10n)
      expect(await token.read('allowance', owner.address, spender.address)).toBe(maxUint256)
      expect((await token.refusal(spender, 'transferFrom', owner.address, friend.address, SUPPLY))[0]).toBe(
        'ERC20InsufficientBalance',
      )
    })
  })

  test('is not given to nobody', async () => {
    expect(await token.refusal(owner, 'approve', zeroAddress, 1n)).toEqual(['ERC20InvalidSpender', zeroAddress])
  })
})

describe('supply', () => {
  test('grows and shrinks with what is made and burnt', async () => {
    await undone(async () => {
      const { events } = await token.write(owner, 'burn', owner.address, 400n)
      expect(events).toEqual([{ name: 'Transfer', args: { from: owner.address, to: zeroAddress, value: 400n } }])
      expect(await token.read('totalSupply')).toBe(600n)
      expect(await token.refusal(owner, 'burn', owner.address, 601n)).toEqual([
        'ERC20InsufficientBalance',
        owner.address,
        600n,
        601n,
      ])
      expect((await token.refusal(owner, 'mint', zeroAddress, 1n))[0]).toBe('ERC20InvalidReceiver')
      const cap = 2n ** 208n - 1n
      expect(await token.refusal(owner, 'mint', owner.address, cap)).toEqual([
        'ERC20ExceededSafeSupply',
        cap + 600n,
        cap,
      ])
      expect(await token.refusal(owner, 'mint', owner.address, maxUint256)).toEqual(['Panic', 0x11n])
    })
  })
})

describe('permit (ERC-2612)', () => {
  const types = {
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  } as const

  async function signed(value: bigint, nonce: bigint, deadline: bigint, chainId = 31337): Promise<unknown[]> {
    const domain = { name: 'Token', version: '1', chainId, verifyingContract: token.address }
    const message = { owner: owner.address, spender: spender.address, value, nonce, deadline }
    const signature = await owner.signTypedData?.({ domain, types, primaryType: 'Permit', message })
    const { r, s, yParity } = parseSignature(signature as Hex)
    return [owner.address, spender.address, value, deadline, yParity + 27, r, s]
  }

  test('gives an allowance once, by anybody, until the deadline', async () => {
    await undone(async () => {
      const permit = await signed(42n, 0n, maxUint256)
      await token.write(friend, 'permit', ...permit)
      expect(await token.read('allowance', owner.address, spender.address)).toBe(42n)
      expect(await token.read('nonces', owner.address)).toBe(1n)
      expect((await token.refusal(friend, 'permit', ...permit))[0]).toBe('ERC2612InvalidSigner')
      const { timestamp } = await world.client.getBlock()
      const late = await signed(1n, 1n, timestamp - 1n)
      expect(await token.refusal(friend, 'permit', ...late)).toEqual(['ERC2612ExpiredSignature', timestamp - 1n])
    })
  })

  test('is bound to this chain', async () => {
    expect((await token.refusal(friend, 'permit', ...(await signed(1n, 0n, maxUint256, 1))))[0]).toBe(
      'ERC2612InvalidSigner',
    )
  })
})

describe('votes', () => {
  test('follow delegation and transfers, and the past stays as it was', async () => {
    await undone(async () => {
      const { receipt, events } = await token.write(owner, 'delegate', friend.address)
      expect(events.map(({ name }) => name)).toEqual(['DelegateChanged', 'DelegateVotesChanged'])
      expect(await token.read('getVotes', friend.address)).toBe(SUPPLY)
      await token.write(owner, 'transfer', spender.address, 300n)
      await world.tester.mine({ blocks: 2 })
      expect(await token.read('getVotes', friend.address)).toBe(700n)
      expect(await token.read('getPastVotes', friend.address, receipt.blockNumber)).toBe(SUPPLY)
      expect(await token.read('getPastVotes', friend.address, receipt.blockNumber - 1n)).toBe(0n)
      expect(await token.read('getPastTotalSupply', receipt.blockNumber)).toBe(SUPPLY)
      const clock = await token.read<number>('clock')
      expect((await token.refusal(owner, 'getPastVotes', friend.address, BigInt(clock) + 9n))[0]).toBe(
        'ERC5805FutureLookup',
      )
    })
  })
})

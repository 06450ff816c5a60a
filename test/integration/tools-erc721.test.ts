import { type Account, type Hex, stringToHex, zeroAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Instance, openTokenWorld, type TokenWorld } from '../helpers/token-world.ts'

/** OpenZeppelin's ERC-721 on the node, through viem. */
let world: TokenWorld
let nft: Instance
let receiver: Instance
let owner: Account
let operator: Account
let stranger: Account
let nextId = 1n

const MOODS = { takes: 0, answersOtherwise: 1, refuses: 2, refusesSilently: 3, panics: 4 }

beforeAll(async () => {
  world = await openTokenWorld()
  ;[owner, operator, stranger] = world.people as [Account, Account, Account]
  nft = await world.deploy('Collectible')
  receiver = await world.deploy('Receiver')
})
afterAll(() => world[Symbol.asyncDispose]())

async function minted(): Promise<bigint> {
  const id = nextId++
  await nft.write(owner, 'mint', owner.address, id)
  return id
}

const ownerOf = (id: bigint) => nft.read<Hex>('ownerOf', id)

describe('ownership', () => {
  test('a token is made, has a URI, and is gone when burnt', async () => {
    const id = nextId++
    const { events } = await nft.write(owner, 'mint', owner.address, id)
    expect(events).toEqual([{ name: 'Transfer', args: { from: zeroAddress, to: owner.address, tokenId: id } }])
    expect(await nft.read('tokenURI', id)).toBe(`og://${id}`)
    expect(await nft.refusal(owner, 'mint', owner.address, id)).toEqual(['ERC721InvalidSender', zeroAddress])
    const before = await nft.read<bigint>('balanceOf', owner.address)
    await nft.write(owner, 'burn', id)
    expect(await nft.read('balanceOf', owner.address)).toBe(before - 1n)
    expect(await nft.refusal(owner, 'ownerOf', id)).toEqual(['ERC721NonexistentToken', id])
    expect(await nft.refusal(owner, 'balanceOf', zeroAddress)).toEqual(['ERC721InvalidOwner', zeroAddress])
  })

  test('what it supports is said by interface id', async () => {
    const ids = ['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0xffffffff', '0xd9b67a26']
    expect(await Promise.all(ids.map((id) => nft.read('supportsInterface', id)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('transferFrom', () => {
  test.each<[string, () => Account, (id: bigint) => Promise<unknown>]>([
    ['the owner', () => owner, async () => {}],
    ['one approved for the token', () => stranger, (id) => nft.write(owner, 'approve', stranger.address, id)],
    ['an operator', () => operator, () => nft.write(owner, 'setApprovalForAll', operator.address, true)],
  ])('by %s', async (_, by, prepare) => {
    const id = await minted()
    await prepare(id)
    const { events } = await nft.write(by(), 'transferFrom', owner.address, stranger.address, id)
    expect(events).toEqual([{ name: 'Transfer', args: { from: owner.address, to: stranger.address, tokenId: id } }])
    expect(await ownerOf(id)).toBe(stranger.address)
    expect(await nft.read('getApproved', id)).toBe(zeroAddress)
    await nft.write(owner, 'setApprovalForAll', operator.address, false)
  })

  test('by anybody else, from another, or to nobody is refused', async () => {
    const id = await minted()
    const move = ['transferFrom', owner.address, stranger.address, id] as const
    expect(await nft.refusal(stranger, ...move)).toEqual(['ERC721InsufficientApproval', stranger.address, id])
    expect(await nft.refusal(owner, 'transferFrom', stranger.address, owner.address, id)).toEqual([
      'ERC721IncorrectOwner',
      stranger.address,
      id,
      owner.address,
    ])
    expect(await nft.refusal(owner, 'transferFrom', owner.address, zeroAddress, id)).toEqual([
      'ERC721InvalidReceiver',
      zeroAddress,
    ])
    expect(await nft.refusal(owner, 'transferFrom', owner.address, stranger.address, 10n ** 9n)).toEqual([
      'ERC721NonexistentToken',
      10n ** 9n,
    ])
    expect(await nft.refusal(stranger, 'approve', stranger.address, id)).toEqual([
      'ERC721InvalidApprover',
      stranger.address,
    ])
    expect(await nft.refusal(owner, 'setApprovalForAll', zeroAddress, true)).toEqual([
      'ERC721InvalidOperator',
      zeroAddress,
    ])
  })
})

describe('safeTransferFrom', () => {
  const move = (id: bigint, ...data: Hex[]) =>
    ['safeTransferFrom', owner.address, receiver.address, id, ...data] as const
  const feel = (mood: number) => receiver.write(owner, 'feel', mood)

  test('asks a contract, with operator, sender and data', async () => {
    await feel(MOODS.takes)
    const id = await minted()
    await nft.write(owner, 'setApprovalForAll', operator.address, true)
    const data = stringToHex('a note')
    const { receipt } = await nft.write(operator, ...move(id, data))
    expect(await ownerOf(id)).toBe(receiver.address)
    const asked = receipt.logs.find(({ address }) => address.toLowerCase() === receiver.address.toLowerCase())
    expect(asked?.data.toLowerCase()).toContain(operator.address.slice(2).toLowerCase())
    expect(asked?.data).toContain(data.slice(2))
    await nft.write(owner, 'setApprovalForAll', operator.address, false)
  })

  test.each<[keyof typeof MOODS, (id: bigint) => [string, ...unknown[]]]>([
    ['answersOtherwise', () => ['ERC721InvalidReceiver', receiver.address]],
    ['refuses', (id) => ['NotToday', id]],
    ['refusesSilently', () => ['ERC721InvalidReceiver', receiver.address]],
    ['panics', () => ['Panic', 1n]],
  ])('a contract that %s keeps nothing', async (mood, expected) => {
    await feel(MOODS[mood])
    const id = await minted()
    expect(await nft.refusal(owner, ...move(id))).toEqual(expected(id))
    expect(await nft.refusal(owner, 'safeMint', receiver.address, nextId)).toEqual(expected(nextId))
    expect(await ownerOf(id)).toBe(owner.address)
  })

  test('a contract that knows nothing of tokens refuses by having no such function', async () => {
    const id = await minted()
    const deaf = await world.deploy('Token')
    expect(await nft.refusal(owner, 'safeTransferFrom', owner.address, deaf.address, id)).toEqual([
      'ERC721InvalidReceiver',
      deaf.address,
    ])
  })

  test('a plain account is not asked', async () => {
    const id = await minted()
    await nft.write(owner, 'safeTransferFrom', owner.address, stranger.address, id)
    expect(await ownerOf(id)).toBe(stranger.address)
  })
})

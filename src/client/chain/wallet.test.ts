import { afterEach, describe, expect, test, vi } from 'vitest'
import { MNEMONIC, testProfile } from '../../../test/helpers/test-chain.ts'
import type { NetworkProfile } from '../profile.ts'
import { resolveAddress, resolveWallet, walletFromMnemonic, walletFromPrivateKey } from './wallet.ts'

const devnet = testProfile('http://127.0.0.1:1', '/tmp')
const galileo: NetworkProfile = {
  name: 'galileo',
  chainId: 16602,
  rpc: 'http://127.0.0.1:1',
  contracts: { Flow: '0x22E03a6A89B950F1c82ec5e74F8eCa321a105296' },
  storage: { indexer: '' },
  stateDir: '/tmp',
  accounts: [],
}
const ALICE = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const ALICE_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const code = (value: string) => expect.objectContaining({ code: value })

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('wallets', () => {
  test('derive as every Ethereum tool derives the well-known mnemonic', () => {
    expect(walletFromMnemonic(MNEMONIC, 0).address).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')
    expect(walletFromMnemonic(`  ${MNEMONIC} `, 1)).toEqual({ address: ALICE, privateKey: ALICE_KEY })
    expect(walletFromMnemonic(MNEMONIC, 9).address).toBe('0xa0ee7a142d267c1f36714e4a8f75612f20a79720')
  })

  test('come from a private key with or without 0x, and from no other text', () => {
    expect(walletFromPrivateKey(ALICE_KEY.slice(2).toUpperCase()).address).toBe(ALICE)
    for (const key of ['', '0x12', `${ALICE_KEY}00`, `0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`, 'zz'.repeat(32)]) {
      expect(() => walletFromPrivateKey(key)).toThrowError(code('WRONG_KEY'))
    }
  })

  test('are found by label, index and address on a devnet, alice when nobody is named', () => {
    for (const from of ['alice', 'Alice', ' 1', ALICE, ALICE.toUpperCase().replace('0X', '0x'), undefined]) {
      expect(resolveWallet(devnet, from).address).toBe(ALICE)
    }
    for (const from of ['zed', '10', `0x${'12'.repeat(20)}`]) {
      expect(() => resolveWallet(devnet, from)).toThrowError(code('UNKNOWN_ACCOUNT'))
    }
  })

  test('on a devnet, a key of the environment serves the address it belongs to', () => {
    const key = walletFromMnemonic(MNEMONIC, 15)
    vi.stubEnv('OG_PRIVATE_KEY', key.privateKey)
    expect(resolveWallet(devnet, key.address)).toEqual(key)
    expect(resolveWallet(devnet).address).toBe(ALICE)
  })

  test('come from the environment on a public network', () => {
    expect(() => resolveWallet(galileo)).toThrowError(code('KEY_MISSING'))
    vi.stubEnv('OG_PRIVATE_KEY', '0x1234')
    expect(() => resolveWallet(galileo)).toThrowError(code('WRONG_KEY'))
    vi.stubEnv('OG_PRIVATE_KEY', ALICE_KEY)
    expect(resolveWallet(galileo).address).toBe(ALICE)
    expect(resolveWallet(galileo, ALICE).address).toBe(ALICE)
    expect(() => resolveWallet(galileo, `0x${'12'.repeat(20)}`)).toThrowError(code('WRONG_KEY'))
    expect(() => resolveWallet(galileo, 'alice')).toThrowError(code('UNKNOWN_ACCOUNT'))
  })
})

test('an address is a label, an index, a contract name or itself', () => {
  expect(resolveAddress(devnet, 'bob')).toBe('0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc')
  expect(resolveAddress(galileo, 'Flow')).toBe('0x22e03a6a89b950f1c82ec5e74f8eca321a105296')
  expect(resolveAddress(galileo, `0x${'AB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
  expect(() => resolveAddress(galileo, 'Nothing')).toThrowError(code('UNKNOWN_ACCOUNT'))
})

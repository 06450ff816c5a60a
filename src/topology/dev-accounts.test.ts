import { expect, test } from 'vitest'
import { walletFromMnemonic } from '../client/chain/wallet.ts'
import { DEV_ACCOUNTS, DEV_MNEMONIC } from './dev-accounts.ts'

test('the written-out addresses are those the mnemonic derives, in order', () => {
  const derived = DEV_ACCOUNTS.map((_, index) => walletFromMnemonic(DEV_MNEMONIC, index).address)
  expect(DEV_ACCOUNTS.map(({ address }) => address)).toEqual(derived)
  expect(DEV_ACCOUNTS.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

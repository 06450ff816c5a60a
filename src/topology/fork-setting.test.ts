import { expect, test } from 'vitest'
import { isForkSetting, parseFork } from './fork-setting.ts'

test.each([
  ['galileo', { url: 'https://evmrpc-testnet.0g.ai', network: 'galileo', blockNumber: null }],
  ['mainnet@123', { url: 'https://evmrpc.0g.ai', network: 'mainnet', blockNumber: 123 }],
  ['mainnet@0x10', { url: 'https://evmrpc.0g.ai', network: 'mainnet', blockNumber: 16 }],
  ['https://evmrpc.0g.ai', { url: 'https://evmrpc.0g.ai', network: 'mainnet', blockNumber: null }],
  ['http://127.0.0.1:8545@7', { url: 'http://127.0.0.1:8545', network: null, blockNumber: 7 }],
  ['http://me:secret@host/path', { url: 'http://me:secret@host/path', network: null, blockNumber: null }],
])('%s', (text, setting) => {
  expect(parseFork(text)).toEqual(setting)
  expect(isForkSetting(parseFork(text))).toBe(true)
})

test.each(['', 'sepolia', 'galileo@', 'galileo@x', 'ftp://host', '@5', `galileo@${'9'.repeat(20)}`])(
  'refuses %j',
  (text) => {
    expect(() => parseFork(text)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  },
)

/** The public development mnemonic of Foundry and Hardhat: everybody knows its keys, which is the point. */
export const DEV_MNEMONIC = 'test test test test test test test test test test test junk'

export const DEV_CHAIN_ID = 31337

/**
 * The ten accounts at m/44'/60'/0'/0/index of the mnemonic with what each is for. Written out, because deriving them would cost the
 * daemon's start 30 ms; a test derives them.
 */
export const DEV_ACCOUNTS = [
  { index: 0, role: 'deployer', address: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266' },
  { index: 1, role: 'alice', address: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8' },
  { index: 2, role: 'bob', address: '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc' },
  { index: 3, role: 'carol', address: '0x90f79bf6eb2c4f870365e785982e1f101e93b906' },
  { index: 4, role: 'dave', address: '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65' },
  { index: 5, role: 'provider-1', address: '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc' },
  { index: 6, role: 'provider-1-signer', address: '0x976ea74026e726554db657fa54763abd0c3a0aa9' },
  { index: 7, role: 'oracle', address: '0x14dc79964da2c08b23698b3d3cc7ca32193d9955' },
  { index: 8, role: 'storage-1', address: '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f' },
  { index: 9, role: 'faucet', address: '0xa0ee7a142d267c1f36714e4a8f75612f20a79720' },
] as const

import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import * as AbiConstructor from 'ox/AbiConstructor'
import * as AbiEvent from 'ox/AbiEvent'
import * as AbiFunction from 'ox/AbiFunction'
import { beforeAll, describe, expect, test } from 'vitest'
import { type InProcessChain, startInProcessChain } from '../../scripts/in-process-chain.ts'
import {
  type AccessProof,
  nonceKey,
  type OwnershipProof,
  signAccessProof,
  signOwnershipProof,
} from '../../src/protocol/agent/transfer-proof.ts'
import { addressOfPrivateKey, toHex } from '../../src/protocol/ecdsa.ts'

/**
 * The agent contracts on a chain in this process: the ABI, ids and slots of the 0G agent spec §2 and Appendix A, and the
 * proof vectors of §6.3, at the very addresses the vectors name (account 0, nonces 0 to 8, chain 16602).
 */

type Hex = `0x${string}`
type Artifact = { abi: unknown[]; bytecode: Hex; deployedBytecode: Hex }

const K0: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const K1: Hex = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const K2: Hex = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a'
const [SELLER, BUYER, OTHER] = [K0, K1, K2].map((key) => addressOfPrivateKey(key).toLowerCase() as Hex) as [
  Hex,
  Hex,
  Hex,
]
const ZERO: Hex = `0x${'00'.repeat(20)}`
const NFT = '0x2279b7a0a67db372996a5fab50d91eaa73d2ebe6'
const VERIFIER = '0x5fc8d32690cc91d4c39d9d3abcbd16989f875707'
const TEE_VERIFIER = '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0'

const BUYER_KEY: Hex =
  '0xba5734d8f7091719471e7f7ed6b9df170dc70cc661ca05e688601ad984f068b0d67351e5f06073092499336ab0839ef8a521afd334e53807205fa2f08eec74f4'
const DATA_HASH: Hex = `0x${'11'.repeat(32)}`
const ACCESS: AccessProof = {
  dataHash: DATA_HASH,
  targetPubkey: '0x',
  nonce: `0x${'aa'.repeat(32)}`,
  proof:
    '0xca71b1d5cd5d279c364fc1aaeb5f7bd7f563828107f76da30d5e86e6ce06ef0b75f0528216fdc2a5e35f38991c452729ce0dfb19c6eb7a745280437bc8a92af01c',
}
const OWNERSHIP: OwnershipProof = {
  oracleType: 0,
  dataHash: DATA_HASH,
  sealedKey:
    '0x0424653eac434488002cc06bbfb7f10fe18991e35f9fe4302dbea6d2353dc0ab1c119fc5009a032aa9fe47f5e149bb8442f71f884ccb516590686d8ff6ab91c613101112131415161718191a1b1c1d1e1f5e289b5677af24963aa09f17b4e60b3ad5f134e7da6949fa8ec87c55aae7e1ab82d323f7594856a66fadae14175ed4cb',
  targetPubkey: BUYER_KEY,
  nonce: `0x${'bb'.repeat(32)}`,
  proof:
    '0x8daa025318b2bb25b05ac5bc0e983b2c622ed5e686d5486f286e6419b0ff54ac1968fec15f4a1f719db2b1616bf13f15073ba6c04fdb769e864bfe479f90b76c1c',
}
const PROOF = { accessProof: ACCESS, ownershipProof: OWNERSHIP }
const DATAS = [{ dataDescription: 'memory', dataHash: DATA_HASH }]

const compiled: Record<string, Artifact> = JSON.parse(readFileSync('.cache/contracts/compiled.json', 'utf8'))
const artifact = (name: string): Artifact => compiled[name] ?? expect.unreachable(`${name} is not compiled`)
const keccakText = (text: string): Hex => toHex(keccak_256(new TextEncoder().encode(text)))

let chain: InProcessChain

async function send(transaction: { from: Hex; to?: Hex; data: Hex; value?: Hex }) {
  const hash = await chain.request<Hex>('eth_sendTransaction', [{ gas: '0xf00000', ...transaction }])
  const receipt = await chain.request<{
    status: Hex
    contractAddress: Hex | null
    logs: { topics: Hex[]; data: Hex }[]
  }>('eth_getTransactionReceipt', [hash])
  return receipt
}

/** Runs the call first, so that a revert arrives with its data, then the transaction. */
async function write(from: Hex, to: Hex, name: string, fn: string, args: unknown[], value?: Hex) {
  const data = encode(name, fn, args)
  await chain.request('eth_call', [{ from, to, data, ...(value ? { value } : {}), gas: '0xf00000' }, 'latest'])
  return await send({ from, to, data, ...(value ? { value } : {}) })
}

function encode(name: string, fn: string, args: unknown[]): Hex {
  const item = AbiFunction.fromAbi(
    artifact(name).abi as never,
    fn as never,
    { args } as never,
  ) as AbiFunction.AbiFunction
  return AbiFunction.encodeData(item, args as never)
}

async function read<T>(to: Hex, name: string, fn: string, args: unknown[] = []): Promise<T> {
  const item = AbiFunction.fromAbi(
    artifact(name).abi as never,
    fn as never,
    { args } as never,
  ) as AbiFunction.AbiFunction
  const data = AbiFunction.encodeData(item, args as never)
  return AbiFunction.decodeResult(item, await chain.request<Hex>('eth_call', [{ to, data }, 'latest'])) as T
}

async function deploy(name: string, args: unknown[] = []): Promise<Hex> {
  const { abi, bytecode } = artifact(name)
  const hasConstructor = abi.some((item) => (item as { type: string }).type === 'constructor')
  const data = hasConstructor
    ? AbiConstructor.encode(AbiConstructor.fromAbi(abi as never), { bytecode, args } as never)
    : bytecode
  const { contractAddress } = await send({ from: SELLER, data })
  return contractAddress ?? expect.unreachable(`${name} was not deployed`)
}

async function deployProxy(name: string, args: unknown[]): Promise<Hex> {
  const beacon = await deploy('UpgradeableBeacon', [await deploy(name), SELLER])
  return await deploy('BeaconProxy', [beacon, encode(name, 'initialize', args)])
}

/** What a failed call reverted with: the name behind a known selector, or the text of a `require`. */
async function revertOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: { data?: Hex; message: string }) => reason,
  )
  if (!error) return 'no revert'
  const data = error.data ?? '0x'
  if (data.startsWith('0x08c379a0')) return Buffer.from(data.slice(138), 'hex').toString().replaceAll('\0', '')
  for (const item of artifact('AgentNFT').abi as { type: string; name?: string; inputs: { type: string }[] }[]) {
    if (item.type !== 'error' || !item.name) continue
    const signature = `${item.name}(${item.inputs.map((input) => input.type).join(',')})`
    if (keccakText(signature).slice(0, 10) === data.slice(0, 10)) return item.name
  }
  return data.slice(0, 10) === '0x' ? error.message : data.slice(0, 10)
}

beforeAll(async () => {
  const rich = { balance: '1000000000000000000000' }
  chain = await startInProcessChain({
    chainId: 16602,
    alloc: { [SELLER]: rich, [BUYER]: rich, [OTHER]: rich },
    timestamp: 1_767_225_600,
    blockGasLimit: 60_000_000,
    ownedKeys: [K0, K1, K2],
  })
  const tee = await deployProxy('TEEVerifier', [SELLER, SELLER])
  const verifier = await deployProxy('Verifier', [[{ oracleType: 0, contractAddress: tee }], SELLER])
  const nft = await deployProxy('AgentNFT', ['0G Agent NFT', '0GI', '{}', verifier, SELLER])
  expect([tee, verifier, nft]).toEqual([TEE_VERIFIER, VERIFIER, NFT])
})

async function mintTo(owner: Hex, datas: typeof DATAS = DATAS): Promise<bigint> {
  const receipt = await write(SELLER, NFT, 'AgentNFT', 'mint', [datas, owner])
  return BigInt(receipt.logs[0]?.topics[3] ?? expect.unreachable('no Transfer'))
}

let counter = 0
/** A fresh proof with the same oracle, as a real transfer would have it. */
function freshProof(options: { to?: Hex; receiver?: Hex; oracle?: Hex; key?: Hex; wanted?: Hex; dataHash?: Hex } = {}) {
  const nonce = (kind: string): Hex => keccakText(`${kind} ${counter}`)
  counter++
  const dataHash = options.dataHash ?? DATA_HASH
  return {
    accessProof: signAccessProof(
      { dataHash, targetPubkey: options.wanted ?? '0x', nonce: nonce('access') },
      options.receiver ?? K1,
    ),
    ownershipProof: signOwnershipProof(
      { dataHash, sealedKey: OWNERSHIP.sealedKey, targetPubkey: options.key ?? BUYER_KEY, nonce: nonce('ownership') },
      options.oracle ?? K0,
    ),
  }
}

describe('surface', () => {
  test.each([
    [
      'AgentNFT',
      'admin() view f851a440 authorizeUsage(uint256,address) fa83d14e batchAuthorizeUsage(uint256,address[]) f30c6a0c clearAuthorizedUsers(uint256) 0f5cbc03 creatorOf(uint256) 589a1743 delegateAccess(address) 98bd57de getDelegateAccess(address) 0e592fdd getMintFee() 7a5caab3 grantMinterRole(address) 3dd1eb61 initialize(string,string,string,address,address) d6d0faee intelligentDatasOf(uint256) 40fbd72f MAX_AUTHORIZED_USERS() a5cf3d18 mint((string,bytes32)[],address) a3acac17 mint(address,string) d0def521 mint(address) 6a627842 mintWithRole((string,bytes32)[],address,address) fde35171 mintWithRole((string,bytes32)[],address) 50293445 mintWithRole(address,string,address) 5a95b750 mintWithRole(address,string) d67827a3 mintWithRole(address) 3ce15291 pause() 8456cb59 revokeAuthorization(uint256,address) c3612ef7 revokeMinterRole(address) 69e2f0fb setAdmin(address) 704b6c02 setBaseURI(string) 55f804b3 setCreator(uint256,address) 91686f53 setMintFee(uint256) eddd0d9c setTokenURI(uint256,string) 162094c4 storageInfo() e7347375 unpause() 3f4ba83a update(uint256,(string,bytes32)[]) 9aadc159 updateVerifier(address) 97fc007c verifier() 2b7ac3f3 withdrawFees() 476343ee authorizedUsersOf(uint256) 1aeb542f',
    ],
    [
      'Verifier',
      'admin() f851a440 attestationContract(uint8) d75b5c72 cleanExpiredProofs(bytes32[]) 4bacb206 initialize((uint8,address)[],address) d03f3f71 maxProofAge() 6f5b6b20 pause() 8456cb59 setAdmin(address) 704b6c02 unpause() 3f4ba83a updateAttestationContract((uint8,address)[]) 75bcd4c9 updateMaxProofAge(uint256) a800e05d',
    ],
    [
      'TEEVerifier',
      'admin() f851a440 initialize(address,address) 485cc955 isPaused() b187bd26 pause() 8456cb59 setAdmin(address) 704b6c02 teeOracleAddress() 3622983c unpause() 3f4ba83a updateOracleAddress(address) f7023bb6 verifyTEESignature(bytes32,bytes) e4c30c31',
    ],
  ])('%s has every function of Appendix A', (name, listed) => {
    const selectors = new Set(
      (artifact(name).abi as { type: string }[])
        .filter(({ type }) => type === 'function')
        .map((item) => AbiFunction.getSelector(item as AbiFunction.AbiFunction).slice(2)),
    )
    for (const selector of listed.match(/\b[0-9a-f]{8}\b/g) ?? []) expect(selectors).toContain(selector)
  })

  test('proof functions have the selectors of the sheet', () => {
    const selectorOf = (name: string, fn: string) =>
      AbiFunction.getSelector(AbiFunction.fromAbi(artifact(name).abi as never, fn as never) as AbiFunction.AbiFunction)
    expect(selectorOf('AgentNFT', 'iTransferFrom')).toBe('0xeafcbf9c')
    expect(selectorOf('AgentNFT', 'iCloneFrom')).toBe('0xc07038b7')
    expect(selectorOf('Verifier', 'verifyTransferValidity')).toBe('0x4ca5fd69')
  })

  test.each([
    ['Updated', '0x0950ea0f010b000d7cfc9ef49213d3385d8512dd80de45ce2fbf8fc123c4f9a4'],
    ['PublishedSealedKey', '0x77ac1306adadb66d303dd0baa0534083040b337a1212922215a3ccbaf6fec56c'],
    ['Cloned', '0x40b442ee2bb535802063305b95f127b5101e5fce261a5dec9379683eaaad8cdb'],
    ['DelegateAccess', '0x57a5f7ce01affd949c0efd1484fd811d31ff5c8ca21c7006f5f4de7292f26de4'],
    ['Authorization', '0x8a1c60ca1a16acd72d841a74fa5905de3938132b0b2ff6cb385a7e69af345fc9'],
    ['AuthorizationRevoked', '0xd1662978c81e15f621e7a38524048493c6e86d91a24a29619d164bef0a8d0a98'],
    ['AuthorizedUsersCleared', '0x8ffc1c75991e264be106ed227e850cf04255f5017387abd70df9a9339360d15d'],
    ['VerifierUpdated', '0x0243549a92b2412f7a3caf7a2e56d65b8821b91345363faa5f57195384065fcc'],
    ['CreatorSet', '0x6cd3418519e5640bdcc69c63bbda5c642e409e5d7eb0e2bb160d695137d96ada'],
    ['MintFeeUpdated', '0x7864bf708cae822050e5f50960a0de31bd6fe7620a8f67a48582fb95f29c114a'],
    ['TokenURIUpdated', '0x931f495b9a8e5d8e61946ea5d61e021f636cfe213a801f97589c18c152e408bd'],
    ['AdminChanged', '0x7e644d79422f17c01e4894b5f4f588d331ebfa28653d42ae832dc59e38c9798f'],
  ])('topic of %s', (name, topic) => {
    const event = AbiEvent.fromAbi(artifact('AgentNFT').abi as never, name as never) as AbiEvent.AbiEvent
    expect(AbiEvent.getSelector(event)).toBe(topic)
  })

  test('answers the interface ids the real contract answers', async () => {
    const supported = ['0x5762046c', '0x80ac58cd', '0x5b5e139f', '0x7965db0b', '0x01ffc9a7']
    const implementedOnly = ['0x2309ab96', '0xc07038b7', '0x40fbd72f', '0xffffffff']
    for (const id of supported) expect(await read(NFT, 'AgentNFT', 'supportsInterface', [id])).toBe(true)
    for (const id of implementedOnly) expect(await read(NFT, 'AgentNFT', 'supportsInterface', [id])).toBe(false)
  })

  test.each(['AgentNFT', 'Verifier', 'TEEVerifier'])('%s fits EIP-170', (name) => {
    expect((artifact(name).deployedBytecode.length - 2) / 2).toBeLessThanOrEqual(24_576)
  })

  test('state lies in the slots deployed contracts use', async () => {
    const slot = (to: Hex, index: Hex) => chain.request<Hex>('eth_getStorageAt', [to, index, 'latest'])
    const padded = (address: Hex) => `0x${address.slice(2).padStart(64, '0')}`
    // AgentNFT.admin, ERC7857.verifier, TEEVerifier.teeOracleAddress and Verifier.maxProofAge follow their struct's base slot.
    expect(await slot(NFT, '0x4aa80aaafbe0e5fe3fe1aa97f3c1f8c65d61f96ef1aab2b448154f4e07594601')).toBe(padded(SELLER))
    expect(await slot(NFT, '0xa2b40c657abdbf180a6038c081d3a0af6206dcea36f4558f991bf8c787ef3c01')).toBe(padded(VERIFIER))
    expect(await slot(VERIFIER, '0xbecdd708b48a40f3aa8e2248844b430477e64ef60f94c9d0bf26b790ba82a301')).toBe(
      `0x${(7 * 86_400).toString(16).padStart(64, '0')}`,
    )
  })
})

describe('transfer with proof', () => {
  test('the vector of §6.3 is accepted, moves the agent and publishes the sealed key, once', async () => {
    const id = await mintTo(SELLER)
    expect(id).toBe(0n)
    const calldata = encode('AgentNFT', 'iTransferFrom', [SELLER, BUYER, 0n, [PROOF]])
    expect((calldata.length - 2) / 2).toBe(1284)
    expect(toHex(keccak_256(hexToBytes(calldata.slice(2))))).toBe(
      '0xe6215087639da70266d0f1fe4574cfe93e935e125b616375632e0151cd92542b',
    )
    const receipt = await write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [SELLER, BUYER, 0n, [PROOF]])
    expect((await read<Hex>(NFT, 'AgentNFT', 'ownerOf', [0n])).toLowerCase()).toBe(BUYER)
    const published = AbiEvent.fromAbi(
      artifact('AgentNFT').abi as never,
      'PublishedSealedKey' as never,
    ) as AbiEvent.AbiEvent
    const log = receipt.logs.find(({ topics }) => topics[0] === AbiEvent.getSelector(published))
    expect(AbiEvent.decode(published, log as never)).toMatchObject({ _tokenId: 0n, _sealedKeys: [OWNERSHIP.sealedKey] })

    // Spent nonces are remembered under the key the sheet gives.
    const used = nonceKey(ACCESS.nonce, NFT)
    expect(used).toBe('0x0d023d20dc3b8d1573bfb22b26d5568e306ed70b77869a737d633017969801ab')
    const slot = toHex(keccak_256(hexToBytes(`${used.slice(2)}${'00'.repeat(32)}`)))
    expect(await chain.request('eth_getStorageAt', [VERIFIER, slot, 'latest'])).toBe(`0x${'1'.padStart(64, '0')}`)
    const again = write(BUYER, NFT, 'AgentNFT', 'iTransferFrom', [BUYER, BUYER, 0n, [PROOF]])
    expect(await revertOf(again)).toBe('Proof already used')
  })

  test('every broken proof is refused for its own reason', async () => {
    const id = await mintTo(SELLER)
    const transfer = (proofs: unknown[], { from = SELLER, to = BUYER, by = SELLER } = {}) =>
      revertOf(write(by, NFT, 'AgentNFT', 'iTransferFrom', [from, to, id, proofs]))
    const twisted = freshProof()
    expect(await transfer([])).toBe('ERC7857EmptyProof')
    expect(await transfer([freshProof()], { to: ZERO })).toBe('ERC721InvalidReceiver')
    expect(await transfer([freshProof()], { from: OTHER })).toBe('ERC721InvalidSender')
    expect(await transfer([freshProof(), freshProof()])).toBe('ERC7857ProofCountMismatch')
    expect(await transfer([freshProof({ dataHash: `0x${'12'.repeat(32)}` })])).toBe('ERC7857DataHashMismatch')
    expect(await transfer([freshProof({ receiver: K2 })])).toBe('ERC7857AccessAssistantMismatch')
    expect(await transfer([freshProof({ oracle: K2 })])).toBe('Invalid ownership proof')
    expect(await transfer([freshProof({ key: `0x${'01'.repeat(64)}` })])).toBe('ERC7857WantedReceiverMismatch')
    expect(await transfer([freshProof({ key: '0x0102' })])).toBe('Invalid public key length')
    expect(await transfer([freshProof({ wanted: '0x0102' })])).toBe('ERC7857TargetPubkeyMismatch')
    expect(await transfer([{ ...twisted, ownershipProof: { ...twisted.ownershipProof, oracleType: 1 } }])).toBe(
      'Invalid ownership proof',
    )
    expect(
      await transfer([{ ...twisted, accessProof: { ...twisted.accessProof, dataHash: `0x${'13'.repeat(32)}` } }]),
    ).toBe('Invalid dataHash')
    expect(await transfer([freshProof()], { by: OTHER })).toBe('ERC721InsufficientApproval')
    const sameNonce = { dataHash: DATA_HASH, targetPubkey: '0x' as Hex, nonce: '0x01' as Hex }
    expect(
      await transfer([
        {
          accessProof: signAccessProof(sameNonce, K1),
          ownershipProof: signOwnershipProof({ ...OWNERSHIP, nonce: '0x01' }, K0),
        },
      ]),
    ).toBe('Proof already used')
    expect((await read<Hex>(NFT, 'AgentNFT', 'ownerOf', [id])).toLowerCase()).toBe(SELLER)
  })

  test('an assistant may sign for the receiver, and a receiver may want another key', async () => {
    const id = await mintTo(SELLER)
    await write(BUYER, NFT, 'AgentNFT', 'delegateAccess', [OTHER])
    await write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [
      SELLER,
      BUYER,
      id,
      [freshProof({ receiver: K2, wanted: '0x0102', key: '0x0102' })],
    ])
    expect((await read<Hex>(NFT, 'AgentNFT', 'ownerOf', [id])).toLowerCase()).toBe(BUYER)
    await write(BUYER, NFT, 'AgentNFT', 'delegateAccess', [ZERO])
  })

  test('a clone has the same data and a new id, its events in the real order', async () => {
    const id = await mintTo(SELLER)
    const stranger = write(OTHER, NFT, 'AgentNFT', 'iCloneFrom', [SELLER, BUYER, id, [freshProof()]])
    expect(await revertOf(stranger)).toBe('ERC721InsufficientApproval')
    const { logs } = await write(SELLER, NFT, 'AgentNFT', 'iCloneFrom', [SELLER, BUYER, id, [freshProof()]])
    const names = ['Transfer', 'Updated', 'Cloned', 'PublishedSealedKey'].map((name) =>
      AbiEvent.getSelector(AbiEvent.fromAbi(artifact('AgentNFT').abi as never, name as never) as AbiEvent.AbiEvent),
    )
    expect(logs.map(({ topics }) => topics[0])).toEqual(names)
    const clone = BigInt(logs[0]?.topics[3] ?? 0)
    expect(clone).toBe(id + 1n)
    expect(await read(NFT, 'AgentNFT', 'intelligentDatasOf', [clone])).toEqual(DATAS)
    expect((await read<Hex>(NFT, 'AgentNFT', 'ownerOf', [id])).toLowerCase()).toBe(SELLER)
  })
})

describe('mint, use, administration', () => {
  test('minting takes the fee, returns the rest and refuses what is empty', async () => {
    const mint = (datas: unknown[], to: Hex, value?: Hex) => write(BUYER, NFT, 'AgentNFT', 'mint', [datas, to], value)
    expect(await revertOf(mint([], BUYER))).toBe('Empty data array')
    expect(await revertOf(mint(DATAS, ZERO))).toBe('Zero address')
    expect(await revertOf(write(OTHER, NFT, 'AgentNFT', 'mintWithRole', [DATAS, OTHER]))).toBe(
      'AccessControlUnauthorizedAccount',
    )
    await write(SELLER, NFT, 'AgentNFT', 'setMintFee', [1_000n])
    expect(await revertOf(mint(DATAS, BUYER, '0x3e7'))).toBe('Insufficient mint fee')
    const held = () => chain.request<Hex>('eth_getBalance', [NFT, 'latest']).then(BigInt)
    const before = await held()
    await mint(DATAS, BUYER, '0xffff')
    expect((await held()) - before).toBe(1_000n)
    await write(SELLER, NFT, 'AgentNFT', 'withdrawFees', [])
    expect(await held()).toBe(0n)
    await write(SELLER, NFT, 'AgentNFT', 'setMintFee', [0n])
    await write(SELLER, NFT, 'AgentNFT', 'pause', [])
    expect(await revertOf(mint(DATAS, BUYER))).toBe('EnforcedPause')
    await write(SELLER, NFT, 'AgentNFT', 'unpause', [])
  })

  test('the owner alone replaces the data; the URI falls back to the first description', async () => {
    const id = await mintTo(BUYER)
    const grown = [{ dataDescription: 'grown', dataHash: `0x${'22'.repeat(32)}` as Hex }]
    expect(await revertOf(write(OTHER, NFT, 'AgentNFT', 'update', [id, grown]))).toBe('ERC721IncorrectOwner')
    expect(await revertOf(write(BUYER, NFT, 'AgentNFT', 'update', [id, []]))).toBe('Empty data array')
    await write(BUYER, NFT, 'AgentNFT', 'update', [id, grown])
    expect(await read(NFT, 'AgentNFT', 'intelligentDatasOf', [id])).toEqual(grown)
    expect(await read(NFT, 'AgentNFT', 'tokenURI', [id])).toBe('grown')
    await write(SELLER, NFT, 'AgentNFT', 'setBaseURI', ['ipfs://'])
    expect(await read(NFT, 'AgentNFT', 'tokenURI', [id])).toBe(`ipfs://${id}`)
    await write(BUYER, NFT, 'AgentNFT', 'setTokenURI', [id, 'mine'])
    expect(await read(NFT, 'AgentNFT', 'tokenURI', [id])).toBe('mine')
    await write(SELLER, NFT, 'AgentNFT', 'setBaseURI', [''])
  })

  test('an update may bring more data than before, or less', async () => {
    const id = await mintTo(BUYER)
    const entry = (n: number) => ({ dataDescription: `entry ${n}`, dataHash: `0x${`0${n}`.repeat(32)}` as Hex })
    for (const count of [3, 1, 2]) {
      const datas = Array.from({ length: count }, (_, i) => entry(count + i))
      const before = await read(NFT, 'AgentNFT', 'intelligentDatasOf', [id])
      const { logs } = await write(BUYER, NFT, 'AgentNFT', 'update', [id, datas])
      expect(await read(NFT, 'AgentNFT', 'intelligentDatasOf', [id])).toEqual(datas)
      const updated = AbiEvent.fromAbi(artifact('AgentNFT').abi as never, 'Updated' as never) as AbiEvent.AbiEvent
      expect(AbiEvent.decode(updated, logs[0] as never)).toMatchObject({ _oldDatas: before, _newDatas: datas })
    }
  })

  test('a contract that does not take tokens gets no agent', async () => {
    const refused = write(SELLER, NFT, 'AgentNFT', 'mintWithRole', [VERIFIER])
    expect(await revertOf(refused)).toBe('ERC721InvalidReceiver')
  })

  test('a creator is named by the minter or the operator', async () => {
    const mint = (...args: unknown[]) => write(SELLER, NFT, 'AgentNFT', 'mintWithRole', args)
    const idOf = ({ logs }: Awaited<ReturnType<typeof mint>>) => BigInt(logs[0]?.topics[3] ?? 0)
    const creatorOf = async (id: bigint) => (await read<Hex>(NFT, 'AgentNFT', 'creatorOf', [id])).toLowerCase()
    expect(await creatorOf(idOf(await mint(DATAS, BUYER, OTHER)))).toBe(OTHER)
    const plain = idOf(await mint(BUYER, 'ipfs://plain', ZERO))
    expect(await creatorOf(plain)).toBe(ZERO)
    expect(await read(NFT, 'AgentNFT', 'tokenURI', [plain])).toBe('ipfs://plain')
    await write(SELLER, NFT, 'AgentNFT', 'setCreator', [plain, BUYER])
    expect(await creatorOf(plain)).toBe(BUYER)
    expect(await revertOf(write(SELLER, NFT, 'AgentNFT', 'setCreator', [9_999n, BUYER]))).toBe('ERC721NonexistentToken')
  })

  test('users are authorised by the owner, and wiped by a transfer', async () => {
    const id = await mintTo(SELLER)
    const authorize = (by: Hex, user: Hex) => write(by, NFT, 'AgentNFT', 'authorizeUsage', [id, user])
    expect(await revertOf(authorize(OTHER, OTHER))).toBe('ERC721IncorrectOwner')
    expect(await revertOf(authorize(SELLER, ZERO))).toBe('ERC7857InvalidAuthorizedUser')
    expect(await revertOf(write(SELLER, NFT, 'AgentNFT', 'batchAuthorizeUsage', [id, []]))).toBe('NoUsersGiven')
    await authorize(SELLER, OTHER)
    expect(await revertOf(authorize(SELLER, OTHER))).toBe('ERC7857AlreadyAuthorized')
    expect(await revertOf(write(SELLER, NFT, 'AgentNFT', 'revokeAuthorization', [id, BUYER]))).toBe(
      'ERC7857NotAuthorized',
    )
    const crowd = Array.from({ length: 100 }, (_, i): Hex => `0x${(i + 1).toString(16).padStart(40, '0')}`)
    expect(await revertOf(write(SELLER, NFT, 'AgentNFT', 'batchAuthorizeUsage', [id, crowd]))).toBe(
      'ERC7857TooManyAuthorizedUsers',
    )
    await write(SELLER, NFT, 'AgentNFT', 'transferFrom', [SELLER, BUYER, id])
    expect(await read(NFT, 'AgentNFT', 'authorizedUsersOf', [id])).toEqual([])
  })

  test('a spent nonce is forgotten only after the proof age', async () => {
    const key = nonceKey(ACCESS.nonce, NFT)
    const slot = toHex(keccak_256(hexToBytes(`${key.slice(2)}${'00'.repeat(32)}`)))
    const spent = () => chain.request<Hex>('eth_getStorageAt', [VERIFIER, slot, 'latest']).then(BigInt)
    await write(OTHER, VERIFIER, 'Verifier', 'cleanExpiredProofs', [[key]])
    expect(await spent()).toBe(1n)
    await write(SELLER, VERIFIER, 'Verifier', 'updateMaxProofAge', [0n])
    await chain.request('evm_increaseTime', ['0x10'])
    await write(OTHER, VERIFIER, 'Verifier', 'cleanExpiredProofs', [[key]])
    expect(await spent()).toBe(0n)
  })

  test('a new oracle key ends the old one’s proofs', async () => {
    const id = await mintTo(SELLER)
    await write(SELLER, TEE_VERIFIER, 'TEEVerifier', 'updateOracleAddress', [OTHER])
    const old = write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [SELLER, BUYER, id, [freshProof()]])
    expect(await revertOf(old)).toBe('Invalid ownership proof')
    await write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [SELLER, BUYER, id, [freshProof({ oracle: K2 })]])
  })
})

describe('succession and stop', () => {
  const ADMIN_ROLES = ['DEFAULT_ADMIN_ROLE', 'ADMIN_ROLE']
  test.each([
    ['AgentNFT', NFT, ADMIN_ROLES, ['OPERATOR_ROLE', 'MINTER_ROLE']],
    ['Verifier', VERIFIER, [...ADMIN_ROLES, 'OPERATOR_ROLE'], []],
    ['TEEVerifier', TEE_VERIFIER, [...ADMIN_ROLES, 'OPERATOR_ROLE'], []],
  ] as const)('a new admin of %s takes over exactly what it does on the networks', async (name, at, moved, kept) => {
    const holds = async (role: string, account: Hex) =>
      await read<boolean>(at, name, 'hasRole', [await read<Hex>(at, name, role), account])
    const setAdmin = (by: Hex, to: Hex) => write(by, at, name, 'setAdmin', [to])
    expect(await revertOf(setAdmin(OTHER, OTHER))).toBe('AccessControlUnauthorizedAccount')
    expect(await revertOf(setAdmin(SELLER, ZERO))).toBe('AddressRequired')
    expect((await setAdmin(SELLER, SELLER)).logs).toEqual([])
    const { logs } = await setAdmin(SELLER, OTHER)
    expect(logs.at(-1)?.topics[0]).toBe(keccakText('AdminChanged(address,address)'))
    expect((await read<Hex>(at, name, 'admin')).toLowerCase()).toBe(OTHER)
    for (const role of moved) expect([await holds(role, SELLER), await holds(role, OTHER)]).toEqual([false, true])
    for (const role of kept) expect([await holds(role, SELLER), await holds(role, OTHER)]).toEqual([true, false])
    await setAdmin(OTHER, SELLER)
  })

  test.each([
    ['Verifier', VERIFIER],
    ['TEEVerifier', TEE_VERIFIER],
  ] as const)('a stopped %s lets no proof pass', async (name, at) => {
    const id = await mintTo(SELLER)
    const transfer = () =>
      write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [SELLER, BUYER, id, [freshProof({ oracle: K2 })]])
    expect(await revertOf(write(OTHER, at, name, 'pause', []))).toBe('AccessControlUnauthorizedAccount')
    await write(SELLER, at, name, 'pause', [])
    expect(await revertOf(transfer())).toBe('EnforcedPause')
    await write(SELLER, at, name, 'unpause', [])
    await transfer()
  })

  test('without a registered attestation contract nothing is proven', async () => {
    const id = await mintTo(SELLER)
    await write(SELLER, VERIFIER, 'Verifier', 'updateAttestationContract', [[{ oracleType: 0, contractAddress: ZERO }]])
    const orphan = write(SELLER, NFT, 'AgentNFT', 'iTransferFrom', [SELLER, BUYER, id, [freshProof({ oracle: K2 })]])
    expect(await revertOf(orphan)).toBe('Invalid ownership proof')
  })
})

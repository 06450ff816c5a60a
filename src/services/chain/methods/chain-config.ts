import type { Hex } from '../../../client/chain/rpc.ts'
import type { Chain } from '../chain.ts'
import { toQuantity } from './params.ts'

/** Precompiles by the names of EIP-7910, with the hardfork that brought them. */
const PRECOMPILES: readonly [fork: string, names: readonly string[]][] = [
  ['frontier', ['ECREC', 'SHA256', 'RIPEMD160', 'ID']],
  ['byzantium', ['MODEXP', 'BN254_ADD', 'BN254_MUL', 'BN254_PAIRING']],
  ['istanbul', ['BLAKE2F']],
  ['cancun', ['KZG_POINT_EVALUATION']],
  [
    'prague',
    [
      'BLS12_G1ADD',
      'BLS12_G1MSM',
      'BLS12_G2ADD',
      'BLS12_G2MSM',
      'BLS12_PAIRING_CHECK',
      'BLS12_MAP_FP_TO_G1',
      'BLS12_MAP_FP2_TO_G2',
    ],
  ],
]

const FORK_ORDER = [
  'frontier',
  'byzantium',
  'istanbul',
  'berlin',
  'london',
  'merge',
  'shanghai',
  'cancun',
  'prague',
  'osaka',
]

/** EIP-4844, 7691, 7892: blobs of a block and how fast their fee moves. */
const BLOB_SCHEDULE: Record<string, { target: number; max: number; baseFeeUpdateFraction: number }> = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
}

/** What the chain is configured to be (EIP-7910). One hardfork from the first block on, and none scheduled. */
export function chainConfig({ header }: Chain): object {
  const rank = FORK_ORDER.indexOf(header.hardfork)
  const has = (fork: string) => rank === -1 || rank >= FORK_ORDER.indexOf(fork)
  const names = PRECOMPILES.filter(([fork]) => has(fork)).flatMap(([, of]) => of)
  const precompiles = Object.fromEntries(names.map((name, at): [string, Hex] => [name, address(at + 1)]))
  if (has('osaka')) precompiles['P256VERIFY'] = address(0x100)
  return {
    current: {
      activationTime: 0,
      blobSchedule: BLOB_SCHEDULE[header.hardfork] ?? null,
      chainId: toQuantity(header.chainId),
      forkId: '0x00000000',
      precompiles: Object.fromEntries(Object.entries(precompiles).sort(([a], [b]) => (a < b ? -1 : 1))),
      systemContracts: {
        ...(has('cancun') ? { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' } : {}),
        ...(has('prague')
          ? {
              CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: '0x0000bbddc7ce488642fb579f8b00f3a590007251',
              HISTORY_STORAGE_ADDRESS: '0x0000f90827f1c53a10cb7a02335b175320002935',
              WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: '0x00000961ef480eb55e80d19ad83579a64c007002',
            }
          : {}),
      },
    },
    next: null,
    last: null,
  }
}

function address(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`
}

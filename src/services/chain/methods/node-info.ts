import type { Hex } from '../../../client/chain/rpc.ts'
import { resultBody } from '../rpc-reply.ts'
import { requireBlock } from './block-lookup.ts'
import { chainConfig } from './chain-config.ts'
import type { Family } from './method.ts'
import { ask } from './rpc-fault.ts'

/** One process, no peers: what the node says of itself and of a network it is alone in. */
export const nodeInfo: Family = ({ chain, clientVersion }) => {
  const networkId = () => resultBody(String(chain.header.chainId))
  const nodeMetadata = async () => {
    const known = await ask<Record<string, unknown>>(chain, 'hardhat_metadata')
    return resultBody({ ...known, clientVersion, forkedNetwork: known['forkedNetwork'] ?? null, snapshots: {} })
  }
  return {
    web3_clientVersion: () => resultBody(clientVersion),
    net_version: networkId,
    eth_networkId: networkId,
    net_listening: () => resultBody(true),
    net_peerCount: () => resultBody('0x0'),
    eth_protocolVersion: () => resultBody('0x1'),
    eth_hashrate: () => resultBody('0x0'),
    eth_mining: () => resultBody(false),
    rpc_modules: () => resultBody(Object.fromEntries(MODULES.map((name) => [name, '1.0']))),
    eth_config: async () => resultBody(await chainConfig(chain)),
    hardhat_metadata: nodeMetadata,
    anvil_metadata: nodeMetadata,
    anvil_getGenesisTime: () => resultBody(chain.header.genesisTime),
    anvil_nodeInfo: async () => {
      const [head, gasPrice] = await Promise.all([requireBlock(chain, 'latest'), ask<Hex>(chain, 'eth_gasPrice')])
      return resultBody({
        currentBlockNumber: head.number,
        currentBlockTimestamp: Number(head.timestamp),
        currentBlockHash: head.hash,
        hardFork: titleCase(chain.header.hardfork),
        transactionOrder: 'fifo',
        environment: {
          baseFee: head.baseFeePerGas ?? '0x0',
          chainId: chain.header.chainId,
          gasLimit: head.gasLimit,
          gasPrice,
        },
        forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
      })
    },
  }
}

const MODULES = ['anvil', 'debug', 'erigon', 'eth', 'evm', 'hardhat', 'net', 'ots', 'rpc', 'trace', 'txpool', 'web3']

const titleCase = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

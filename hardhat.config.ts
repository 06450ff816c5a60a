import { fileURLToPath } from 'node:url'
import { defineConfig } from 'hardhat/config'

/**
 * Hardhat drives the compiler over contracts/, and nothing else: this project's networks, tests and deployments run on its
 * own chain service. The compiler is the WebAssembly build npm installs, named by path, so nothing is downloaded.
 */
export default defineConfig({
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(import.meta.resolve('solc/soljson.js')),
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none' },
    },
    npmFilesToBuild: [
      '@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol',
      '@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol',
    ],
  },
  paths: { sources: 'contracts', artifacts: '.cache/contracts/artifacts', cache: '.cache/contracts/cache' },
})

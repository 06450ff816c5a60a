import { runService } from '../../runtime/child/service.ts'
import { type ChainConfig, startChain } from './start-chain.ts'

runService<ChainConfig>((ctx) =>
  startChain({
    ...ctx.config,
    dataDir: ctx.dataDir,
    host: ctx.host,
    port: ctx.ports['rpc'] ?? 0,
    strictPorts: ctx.strictPorts,
    log: ctx.log,
    // Ending is the repair: the supervisor starts the service again, and it comes back with what the disk holds.
    onFatal: (error) => {
      setImmediate(() => {
        throw error
      })
    },
  }),
)

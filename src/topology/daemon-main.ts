import { runDaemon } from '../runtime/daemon.ts'
import { defaultTopology } from './default-topology.ts'

runDaemon(defaultTopology)

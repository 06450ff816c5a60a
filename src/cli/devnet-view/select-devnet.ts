import { ogError } from '../../errors/og-error.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { type DevnetState, inspectDevnet } from '../../runtime/inspect-devnet.ts'

/** The devnet a command means, whatever its state. @throws NOT_RUNNING when there is none, STATE_DAMAGED, STATE_INCOMPATIBLE */
export async function selectDevnet(devnet: string | undefined): Promise<Exclude<DevnetState, { state: 'absent' }>> {
  const found = await inspectDevnet(devnetRoot({ devnet }))
  if (found.state === 'absent') throw ogError('NOT_RUNNING', { path: found.root })
  return found
}

/** As {@link selectDevnet}, for a devnet whose daemon answers. @throws NOT_RUNNING */
export async function selectRunningDevnet(
  devnet: string | undefined,
): Promise<Extract<DevnetState, { state: 'running' }>> {
  const found = await selectDevnet(devnet)
  if (found.state !== 'running') throw ogError('NOT_RUNNING', { path: found.root })
  return found
}

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ogError } from '../../errors/og-error.ts'

const isErrno = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      server.off('listening', onListening)
      reject(error)
    }
    const onListening = () => {
      server.off('error', onError)
      resolve()
    }
    server.once('error', onError)
    server.once('listening', onListening)
    // A large backlog: clients open one connection per segment in parallel.
    server.listen({ host, port, backlog: 511 })
  })
}

/**
 * Binds `server` and returns its URL (`http://127.0.0.1:PORT`). A taken port falls back to a free one unless `strict`.
 * Binding is the only probe of the port, so nobody can take it between the check and the use.
 * @throws PORT_IN_USE (strict: names the holder where the system tells), PORT_DENIED
 */
export async function bindServer(
  server: Server,
  options: { host: string; port: number; strict: boolean },
): Promise<string> {
  const { host, port, strict } = options
  try {
    await listen(server, host, port)
  } catch (error) {
    if (isErrno(error, 'EACCES')) throw ogError('PORT_DENIED', { port }, { cause: error })
    if (!isErrno(error, 'EADDRINUSE')) throw error
    if (strict) {
      const { describePortHolder } = await import('../port-holder.ts')
      throw ogError('PORT_IN_USE', { port, holder: await describePortHolder(port) }, { cause: error })
    }
    await listen(server, host, 0)
  }
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${shown}:${address.port}`
}

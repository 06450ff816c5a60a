import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { ogError } from '../../../errors/og-error.ts'

const START_MS = 30_000

/**
 * Runs anvil in the background and waits for its stdin, which is a pipe of ours, to end: that happens when we close it and also when we
 * are killed. Then anvil is killed. Says the pid first, so that anvil can be killed should the shell itself be.
 */
const KEEPER = '"$@" & pid=$!; echo "keeper of $pid"; exec >&- 2>&-; read line; kill -9 "$pid"'

export type AnvilProcess = {
  /** http://127.0.0.1:PORT */
  url: string
  pid: number
  /** resolves when anvil has ended, whoever ended it */
  ended: Promise<void>
  close: () => Promise<void>
}

/**
 * Starts an anvil that lives no longer than this process, kill -9 included.
 * @throws SERVICE_CRASHED with its last words when it does not come up
 */
export async function startAnvil(binary: string, args: readonly string[]): Promise<AnvilProcess> {
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', binary, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  keeper.stdin.on('error', () => {})
  let output = ''
  const failure = (reason: string) =>
    ogError('SERVICE_CRASHED', { service: 'anvil', reason: `${reason}: ${output.slice(-400).trim()}`, logFile: binary })
  // Both of its pipes are held by anvil alone once the keeper let go of them.
  const ended = Promise.all([once(keeper.stdout, 'close'), once(keeper.stderr, 'close')]).then(() => {})
  const listening = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(failure('it does not listen')), START_MS)
    const look = (chunk: string) => {
      output = `${output}${chunk}`.slice(-4_000)
      const address = /Listening on (\S+)/.exec(output)?.[1]
      if (address === undefined) return
      clearTimeout(late)
      resolve(`http://${address}`)
    }
    keeper.stdout.setEncoding('utf8').on('data', look)
    keeper.stderr.setEncoding('utf8').on('data', look)
    void ended.then(() => {
      clearTimeout(late)
      reject(failure('it ended'))
    })
  })
  const pidSaid = new Promise<number>((resolve) => {
    const look = () => {
      const pid = /keeper of (\d+)/.exec(output)?.[1]
      if (pid !== undefined) resolve(Number(pid))
    }
    keeper.stdout.on('data', look)
  })
  try {
    const url = await listening
    const pid = await pidSaid
    keeper.once('exit', () => killQuietly(pid))
    return { url, pid, ended, close: () => end(keeper, ended) }
  } catch (error) {
    await end(keeper, ended)
    throw error
  }
}

async function end(keeper: ChildProcess, ended: Promise<void>): Promise<void> {
  keeper.stdin?.end()
  await ended
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone already, as it should be
  }
}

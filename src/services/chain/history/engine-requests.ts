import { ogError } from '../../../errors/og-error.ts'
import type { Engine } from '../engine.ts'
import { isResult, parseResult } from '../rpc-reply.ts'

export type EngineRequest = readonly [method: string, ...params: unknown[]]

const BATCH = 200

/** The answer of an engine to one request that cannot fail. @throws OgError BUG when it does */
export async function askEngine<T>(engine: Engine, ...[method, ...params]: EngineRequest): Promise<T> {
  const body = await engine.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  if (!isResult(body)) throw ogError('BUG', { reason: `${method}: ${body.slice(0, 300)}` })
  return parseResult<T>(body) as T
}

/** The answers to many such requests, in order: a batch costs the engine a tenth of as many single requests. */
export async function askEngineAll<T>(engine: Engine, requests: readonly EngineRequest[]): Promise<T[]> {
  const answers: T[] = []
  for (let at = 0; at < requests.length; at += BATCH) {
    const batch = requests
      .slice(at, at + BATCH)
      .map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
    const body = await engine.handle(JSON.stringify(batch))
    const results = parseResult<T[]>(body)
    if (!results) throw ogError('BUG', { reason: `a batch of ${batch[0]?.method}: ${body.slice(0, 300)}` })
    for (const result of results) answers.push(result)
  }
  return answers
}

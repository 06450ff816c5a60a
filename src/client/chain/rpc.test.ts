import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createRpc } from './rpc.ts'

async function serving(listener: RequestListener): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answering(body: unknown, status = 200): Promise<unknown> {
  const server = await serving((_request, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  try {
    return await createRpc(server.url).request('some_method', [1n])
  } finally {
    await server.stop()
  }
}

describe('a JSON-RPC client', () => {
  test('resolves to the result, null and false included', async () => {
    for (const result of ['0x1', null, false, { a: [1] }]) {
      expect(await answering({ jsonrpc: '2.0', id: 1, result })).toEqual(result)
    }
  })

  test.each([
    [{ error: { code: -32601, message: 'no such method' } }, 'RPC_ERROR', -32601],
    [{ error: { code: 3, message: 'execution reverted', data: '0xdeadbeef' } }, 'RPC_REVERTED', undefined],
    [{ error: { code: -32000, message: 'x', data: { data: '0xdeadbeef' } } }, 'RPC_REVERTED', undefined],
    [{ error: { code: -32000, message: 'execution reverted: no' } }, 'RPC_REVERTED', undefined],
  ])('%j is %s', async (body, code, rpcCode) => {
    const expected = rpcCode === undefined ? { code } : { code, details: { rpcCode } }
    await expect(answering(body)).rejects.toMatchObject(expected)
  })

  test('raises an error of our own services as what it was', async () => {
    const og = { code: 'DISK_FULL', category: 'RUNTIME', message: 'no room', hint: 'make room', retryable: true }
    const reply = answering({ error: { code: -32603, message: 'no room', data: { og } } })
    await expect(reply).rejects.toMatchObject({ code: 'DISK_FULL', message: 'no room', hint: 'make room' })
  })

  test("decodes a contract's own reason", async () => {
    const data = `0x08c379a0${'20'.padStart(64, '0')}${'3'.padStart(64, '0')}${Buffer.from('why').toString('hex').padEnd(64, '0')}`
    await expect(answering({ error: { code: 3, message: 'execution reverted', data } })).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      details: { error: 'Error', data },
    })
  })

  test('what is not JSON-RPC is no answer', async () => {
    for (const [body, status] of [
      ['<html>', 502],
      ['', 204],
      ['{}', 200],
      ['[]', 200],
    ] as const) {
      const answer = status === 204 ? answering('x', 500) : answering(body, status)
      await expect(answer).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' })
    }
  })

  test('a server that is not there yet is waited for only when asked', async () => {
    const { url, stop } = await serving(() => {})
    await stop()
    await expect(createRpc(url).request('m')).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', retryable: true })
    const patient = createRpc(url, { retryForMs: 20_000 }).request('m')
    const server = createServer((_request, response) => {
      response.end('{"result":"late"}')
    })
    await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve))
    expect(await patient).toBe('late')
    server.closeAllConnections()
    server.close()
  })

  test('a connection the server dropped is opened again at once', async () => {
    let requests = 0
    const { url, stop } = await serving((request, response) => {
      requests++
      if (requests === 1) request.socket.destroy()
      else response.end('{"result":"again"}')
    })
    expect(await createRpc(url).request('m')).toBe('again')
    await stop()
  })

  test('silence ends in TIMEOUT, an abort in its own reason', async () => {
    const { url, stop } = await serving(() => {})
    await expect(createRpc(url, { timeoutMs: 30 }).request('m')).rejects.toMatchObject({ code: 'TIMEOUT' })
    const abort = new AbortController()
    const asked = createRpc(url).request('m', [], { signal: abort.signal })
    abort.abort(new Error('stopped by hand'))
    await expect(asked).rejects.toThrowError('stopped by hand')
    await stop()
  })
})

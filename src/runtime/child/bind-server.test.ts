import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { bindServer } from './bind-server.ts'

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

function aServer(): Server {
  const server = createServer((_, response) => response.end('hello'))
  open.push(server)
  return server
}

const HOST = '127.0.0.1'
const portOf = (url: string) => Number(new URL(url).port)

describe('binding a port', () => {
  test('returns the URL it answers on', async () => {
    const url = await bindServer(aServer(), { host: HOST, port: 0, strict: true })
    expect(await (await fetch(url)).text()).toBe('hello')
  })

  test('a taken port falls back to a free one', async () => {
    const taken = portOf(await bindServer(aServer(), { host: HOST, port: 0, strict: false }))
    const url = await bindServer(aServer(), { host: HOST, port: taken, strict: false })
    expect(portOf(url)).not.toBe(taken)
    expect(await (await fetch(url)).text()).toBe('hello')
  })

  test('strict: PORT_IN_USE', async () => {
    const taken = portOf(await bindServer(aServer(), { host: HOST, port: 0, strict: false }))
    await expect(bindServer(aServer(), { host: HOST, port: taken, strict: true })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(taken)),
    })
  })
})

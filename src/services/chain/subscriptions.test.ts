import { expect, test } from 'vitest'
import type { Chain } from './chain.ts'
import { PendingFeed } from './pending-feed.ts'
import { createSubscriptions } from './subscriptions.ts'

function connected() {
  const pending = new PendingFeed()
  let close = () => {}
  const dispatch = createSubscriptions({} as Chain, pending).forConnection(
    { send: () => {}, onClose: (listener) => (close = listener) },
    () => '{"result":null}',
  )
  const subscribe = (kind: string) => dispatch({ method: 'eth_subscribe', params: [kind] })
  return { pending, subscribe, close: () => close() }
}

test('a subscription that comes to its turn after the connection closed leaves nothing behind', async () => {
  const { pending, subscribe, close } = connected()
  await subscribe('newPendingTransactions')
  expect(pending.hasListeners).toBe(true)
  close()
  await subscribe('newPendingTransactions')
  expect(pending.hasListeners).toBe(false)
})

test('an unknown subscription is answered as a mistake in its parameters', async () => {
  const { subscribe } = connected()
  expect(JSON.parse(await subscribe('newBlocks'))).toMatchObject({ error: { code: -32602 } })
})

test('one subscription too many is refused with the code of a server', async () => {
  const { subscribe } = connected()
  for (let count = 0; count < 1_000; count++) await subscribe('newPendingTransactions')
  expect(JSON.parse(await subscribe('newPendingTransactions'))).toMatchObject({ error: { code: -32000 } })
})

import { expect, test } from 'vitest'
import { reachableUrl } from './reachable-url.ts'

test.each([
  ['http://0.0.0.0:5678', '10.0.0.7', 'http://10.0.0.7:5678'],
  ['http://0.0.0.0:5678/', '::ffff:10.0.0.7', 'http://10.0.0.7:5678'],
  ['http://[::]:5678', 'fe80::1', 'http://[fe80::1]:5678'],
  ['http://10.0.0.9:5678', '10.0.0.7', 'http://10.0.0.9:5678'],
  ['http://0.0.0.0:5678', undefined, 'http://0.0.0.0:5678'],
  ['no url', '10.0.0.7', 'no url'],
])('%s asked from %s is %s', (url, address, reachable) => {
  expect(reachableUrl(url, address)).toBe(reachable)
})

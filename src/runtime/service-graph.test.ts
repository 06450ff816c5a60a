import { describe, expect, test } from 'vitest'
import type { ServiceDefinition } from './service-definition.ts'
import { dependentsOf, startOrder } from './service-graph.ts'

const aService = (name: string, ...dependsOn: string[]): ServiceDefinition => ({
  name,
  kind: 'toy',
  entry: '/x',
  config: {},
  preferredPorts: {},
  dependsOn,
})

describe('service graph', () => {
  test('dependencies come first, otherwise the given order stays', () => {
    expect(startOrder([aService('c', 'b'), aService('b', 'a'), aService('a'), aService('d')])).toEqual([
      'a',
      'b',
      'c',
      'd',
    ])
  })

  test('dependents are the direct ones', () => {
    const definitions = [aService('a'), aService('b', 'a'), aService('c', 'b')]
    expect(dependentsOf(definitions, 'a')).toEqual(['b'])
  })

  test.each([
    ['a circle', [aService('a', 'b'), aService('b', 'a')]],
    ['a name that does not exist', [aService('a', 'x')]],
    ['the same name twice', [aService('a'), aService('a')]],
  ])('%s is refused', (_, definitions) => {
    expect(() => startOrder(definitions)).toThrow()
  })
})

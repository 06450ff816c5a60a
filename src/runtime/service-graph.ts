import type { ServiceDefinition } from './service-definition.ts'

/**
 * Checks that every dependency exists and that there is no circle, and returns the names in start order (dependencies first).
 * A mistake here is one of the program, not of the user: it throws a plain Error.
 */
export function startOrder(definitions: readonly ServiceDefinition[]): string[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]))
  if (byName.size !== definitions.length) throw new Error('two services have the same name')
  const order: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  function visit(name: string): void {
    if (state.get(name) === 'done') return
    const definition = byName.get(name)
    if (!definition) throw new Error(`no service is called ${name}`)
    if (state.get(name) === 'open') throw new Error(`services depend on each other in a circle: ${name}`)
    state.set(name, 'open')
    for (const dependency of definition.dependsOn) visit(dependency)
    state.set(name, 'done')
    order.push(name)
  }
  for (const definition of definitions) visit(definition.name)
  return order
}

/** Names of the services that directly depend on `name`: they must end before it does. */
export function dependentsOf(definitions: readonly ServiceDefinition[], name: string): string[] {
  return definitions.filter((definition) => definition.dependsOn.includes(name)).map((definition) => definition.name)
}

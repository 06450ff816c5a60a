// The import walls. An edge that is not meant to exist fails `npm run check`.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.tsx?$' },
  to: { path: '^src/', pathNot: allowed.map((folder) => `^src/${folder}/`) },
})

const SERVICES = ['chain', 'storage-node', 'storage-gateway', 'compute-provider', 'agent-oracle']

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('utils-stand-alone', 'utils', ['utils']),
    only('errors-know-only-utils', 'errors', ['errors', 'utils']),
    only('protocol-is-pure', 'protocol', ['protocol', 'errors', 'utils']),
    {
      name: 'protocol-has-no-io',
      severity: 'error',
      from: { path: '^src/protocol/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    only('runtime-is-domain-free', 'runtime', ['runtime', 'errors', 'utils']),
    only('contracts-know-the-protocol', 'contracts', ['contracts', 'protocol', 'errors', 'utils']),
    only('client-never-sees-services', 'client', ['client', 'contracts', 'protocol', 'runtime', 'errors', 'utils']),
    {
      name: 'client-stays-light',
      severity: 'error',
      from: { path: '^src/(client|services|protocol|runtime|contracts)/', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules/(viem|ethers|ink|react|listr2|@oclif)/' },
    },
    ...SERVICES.map((name) =>
      only(`service-${name}-stands-alone`, `services/${name}`, [
        `services/${name}`,
        'runtime/child',
        'client',
        'contracts',
        'protocol',
        'errors',
        'utils',
      ]),
    ),
    only('topology-composes', 'topology', [
      'topology',
      'runtime',
      'client',
      'contracts',
      'protocol',
      'errors',
      'utils',
    ]),
    only('cli-is-glue', 'cli', ['cli', 'runtime', 'topology', 'client', 'contracts', 'protocol', 'errors', 'utils']),
    only('commands-are-leaves', 'commands', [
      'cli',
      'runtime',
      'topology',
      'client',
      'contracts',
      'protocol',
      'errors',
      'utils',
    ]),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}

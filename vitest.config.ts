import { defineConfig } from 'vitest/config'

// Real-process suites share two cores: one file at a time there, files in parallel for pure code.
export default defineConfig({
  test: {
    reporters: ['default', './scripts/closing-line-reporter.mjs'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'tools/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A machine shared with other work: one more try in CI, which the report shows. Locally a flaky test stays red.
          retry: process.env['CI'] ? 1 : 0,
        },
      },
    ],
  },
})

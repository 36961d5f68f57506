import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,

    globalSetup: ['./test/support/build-if-stale.ts', './test/support/sample-archive.ts'],
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
});

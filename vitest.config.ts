import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    // Processes, not threads: the kernel's guard of a child is bound to the thread that spawned it.
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['tests/support/cluster.ts'],
    // Real processes on a busy machine: a worker's start, a lease that runs out, a second worker's attempt.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

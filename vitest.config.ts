import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { NODE_FLAGS } from './bin/node-flags.ts'

/** Minutes to hours each, and alone: `npm run test:long`. */
const isLong = process.argv.some((argument) => argument.includes('tests/long'))

export default defineConfig({
  test: {
    include: [isLong ? 'tests/long/**/*.test.ts' : 'tests/**/*.test.ts'],
    exclude: isLong ? [] : ['tests/long/**'],
    environment: 'node',
    // Processes, not threads: the kernel's guard of a child is bound to the thread that spawned it.
    pool: 'forks',
    execArgv: NODE_FLAGS,
    // One more than there are cores: a third of the time they wait for a lease, a window or a server.
    maxWorkers: isLong ? 1 : availableParallelism() + 1,
    globalSetup: ['tests/support/cluster.ts'],
    // Real processes on a busy machine: a worker's start, a lease that runs out, a second worker's attempt.
    testTimeout: isLong ? 12 * 3600_000 : 120_000,
    hookTimeout: 120_000,
    // Of a form that runs for hours one wants to see how far it is.
    ...(isLong && { disableConsoleIntercept: true }),
  },
})

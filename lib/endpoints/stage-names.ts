import type { QueueTest } from '#lib/s3-events/queue-test-schema.ts'
import type { TestResult } from './schema.ts'

// Browser-safe.

/** The stages of a test as people are told of them, in the page and on the command line. */
export const stageNames: Record<(TestResult | QueueTest)['stages'][number]['stage'], string> = {
  roots: 'Allowed',
  settings: 'Settings',
  resolve: 'Resolve',
  connect: 'Connect',
  secure: 'Secure',
  sign_in: 'Sign in',
  list: 'List',
  write: 'Write',
  queue: 'Queue',
  policy: 'Policy',
}

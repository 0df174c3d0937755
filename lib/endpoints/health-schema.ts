import { z } from 'zod'
import { storageFactsSchema } from './storage-facts.ts'

// Browser-safe.

const time = z.iso.datetime()

export const endpointHealthSchema = z.object({
  state: z.enum(['ok', 'failed', 'unknown']).meta({
    description: 'By the later of its last success and its last failure, of tests and of jobs.',
  }),
  lastSuccess: z.object({ at: time, jobId: z.uuid().nullable() }).nullable(),
  lastFailure: z
    .object({
      at: time,
      jobId: z.uuid().nullable().meta({ description: 'null: a test failed.' }),
      cause: z.string().nullable(),
      message: z.string().nullable(),
    })
    .nullable(),
  facts: storageFactsSchema.nullable().meta({ description: 'As the last test that passed found it.' }),
  factsAt: time.nullable(),
  usedBy: z.object({
    endpoints: z.array(z.object({ id: z.uuid(), name: z.string() })).meta({ description: 'Those over it.' }),
    templates: z
      .array(z.object({ id: z.uuid(), name: z.string() }))
      .meta({ description: 'Those that take from it or put into it; at most ten.' }),
    jobs: z
      .array(
        z.object({
          id: z.uuid(),
          state: z.string(),
          operation: z.string(),
          source: z.string(),
          destination: z.string(),
        }),
      )
      .meta({ description: 'Newest first, those that have not ended before all others; at most ten.' }),
  }),
})
export type EndpointHealth = z.infer<typeof endpointHealthSchema>
/** What a list shows of it. */
export type HealthState = Pick<EndpointHealth, 'state' | 'lastSuccess' | 'lastFailure'>

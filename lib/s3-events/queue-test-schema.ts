import { z } from 'zod'
import { testResultSchema } from '#lib/endpoints/schema.ts'
import { s3TriggerSchema } from '#lib/triggers/schema.ts'

// Browser-safe: the shapes that requests are checked by and answers documented by.

export const queueStages = ['settings', 'resolve', 'connect', 'secure', 'sign_in', 'queue', 'policy'] as const

const { queueUrl, region, endpointUrl, settings } = s3TriggerSchema.shape

export const testQueueSchema = z.strictObject({
  triggerId: z.uuid().optional().meta({
    description: 'A saved trigger: what is not given, secrets too, is taken from it.',
  }),
  queueUrl: queueUrl.optional(),
  region: region.optional(),
  endpointUrl: endpointUrl
    .unwrap()
    .nullish()
    .meta({ description: 'null: the one of the trigger is taken away.' }),
  settings: settings.unwrap().optional(),
  bucket: z.string().max(4096).optional().meta({
    description: 'Bucket and prefix whose events the queue is to get; of a saved trigger its source.',
  }),
})
export type TestQueueInput = z.input<typeof testQueueSchema>

export const queueFactsSchema = z.object({
  arn: z.string().nullable(),
  waiting: z.number().nullable().meta({ description: 'Messages that nobody has received, about.' }),
  inFlight: z.number().nullable().meta({ description: 'Received and not deleted yet.' }),
  delayed: z.number().nullable(),
  retentionSeconds: z.number().nullable(),
  visibilitySeconds: z.number().nullable(),
  deadLetter: z
    .object({ arn: z.string(), maxReceives: z.number().nullable() })
    .nullable()
    .meta({ description: 'The queue’s own dead-letter queue.' }),
  fifo: z.boolean(),
})
export type QueueFacts = z.infer<typeof queueFactsSchema>

const stage = testResultSchema.shape.stages.element

export const queueTestSchema = z.object({
  ok: z.boolean(),
  stages: z.array(
    stage.omit({ hostKey: true }).extend({
      stage: z.enum(queueStages),
      words: z.string().optional().meta({ description: 'AWS’s own words.' }),
      warning: z.literal(true).optional().meta({ description: 'It works, and a person should look.' }),
    }),
  ),
  facts: queueFactsSchema.nullable(),
})
/** What a test of a queue found, a row for each stage up to the first that failed. No message is received. */
export type QueueTest = z.infer<typeof queueTestSchema>

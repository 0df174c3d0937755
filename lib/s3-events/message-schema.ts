import { z } from 'zod'

// What Amazon S3 writes into messages ("Event message structure" of its user guide, event version 2.x; "EventBridge
// event message structure"; SNS's "message format"), and servers that speak like it. Fields that nobody reads are free.

const shortText = z.string().max(1024)

/** Amazon's times end in Z; moto leaves the zone out and gives EventBridge's in seconds. No zone is UTC. */
const time = z
  .union([
    z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/),
    z.number().transform((seconds) => new Date(seconds * 1000).toJSON() ?? ''),
  ])
  .transform((text) => new Date(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`))
  // The database takes no year 0, and its text of the year 10000 is not that of a Date.
  .refine((at) => at.getTime() > Date.UTC(1980, 0) && at.getTime() < Date.UTC(2200, 0), {
    error: 'A time between 1980 and 2200.',
  })

const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const bucket = z.object({ name: z.string().min(1).max(255) })
const key = z.string().min(1).max(8192)
const sequencer = z.string().regex(/^[0-9a-fA-F]{0,64}$/)

/** One of `Records`. */
export const recordSchema = z.object({
  eventName: z.string().min(1).max(100),
  eventTime: time,
  awsRegion: shortText.nullish(),
  s3: z.object({
    bucket,
    object: z.object({
      key,
      size: size.nullish(),
      eTag: shortText.nullish(),
      versionId: shortText.nullish(),
      sequencer: sequencer.nullish(),
    }),
  }),
})
export type S3Record = z.infer<typeof recordSchema>

export const notificationSchema = z.object({ Records: z.array(z.unknown()).min(1) })

export const testEventSchema = z.object({
  Event: z.literal('s3:TestEvent'),
  Bucket: z.string().max(255).optional(),
})

export const snsSchema = z.object({ Type: z.literal('Notification'), Message: z.string() })

/** What SNS sends to a queue of another account before anything else. */
export const snsConfirmationSchema = z.object({ Type: z.literal('SubscriptionConfirmation') })

export const eventBridgeSchema = z.object({
  'detail-type': z.string().min(1).max(100),
  source: z.literal('aws.s3'),
  time,
  region: shortText.nullish(),
  detail: z.object({
    bucket,
    object: z.object({
      key,
      size: size.nullish(),
      etag: shortText.nullish(),
      eTag: shortText.nullish(),
      'version-id': shortText.nullish(),
      sequencer: sequencer.nullish(),
    }),
    reason: shortText.nullish(),
    'deletion-type': shortText.nullish(),
  }),
})
export type EventBridgeEvent = z.infer<typeof eventBridgeSchema>

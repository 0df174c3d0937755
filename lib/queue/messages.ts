import { z } from 'zod'

/** The queue of attempts: one message for each, delivered once, never retried by the queue itself. */
export const ATTEMPTS_QUEUE = 'attempts'

export const attemptMessageSchema = z.object({ attemptId: z.uuid() })
export type AttemptMessage = z.infer<typeof attemptMessageSchema>

/** The queue of schedules: the next firing of each is one deferred message. */
export const FIRINGS_QUEUE = 'firings'

export const firingMessageSchema = z.object({ triggerId: z.uuid(), dueAt: z.iso.datetime() })
export type FiringMessage = z.infer<typeof firingMessageSchema>

export const attemptsQueueOptions = {
  // Our rows are the truth: where a message is lost the sweeper sends another for the same attempt.
  retryLimit: 0,
  // The claim deletes the message in the transaction that takes it; a lease guards the rest.
  expireInSeconds: 60,
  // A message that ended otherwise (expired, failed by hand) tells nothing that our rows do not.
  deleteAfterSeconds: 3600,
  // A job may wait for months behind a limit; the default would drop it after two weeks.
  retentionSeconds: 365 * 24 * 3600,
} as const

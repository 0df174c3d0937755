/** The fates of an event. Browser-safe. `received` is no state of its own: it is the sum of all. */
export const eventStates = ['ignored', 'pending', 'transferred', 'failed', 'dead'] as const
export type EventState = (typeof eventStates)[number]

/** What each fate means, in a sentence that a page may show. */
export const eventSentences: Record<EventState, string> = {
  ignored: 'It concerns nothing that a template wants; the reason is with it.',
  pending: 'It waits for a job, or its job has not ended.',
  transferred: 'Its file arrived at the destination.',
  failed: 'Its job ended and its file did not arrive; replay starts another job.',
  dead: 'Nothing can be made of it as it is; a person decides.',
}

export const eventKinds = ['created', 'changed', 'removed', 'restored'] as const
export type EventKind = (typeof eventKinds)[number]

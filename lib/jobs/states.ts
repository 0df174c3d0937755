/**
 * The states of a job, as data. Browser-safe: pages, the API document and the worker read the same table.
 * `docs/job-lifecycle.md` tells the same story in prose; `transition.ts` is the only writer.
 */
export const jobStates = [
  'pending',
  'queued',
  'running',
  'retrying',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const

export type JobState = (typeof jobStates)[number]

/** Who moves the job on from each state, in a sentence that a page may show. */
export const stateSentences: Record<JobState, string> = {
  pending: 'Waits for something named in waitingFor; it goes on when that is there.',
  queued: 'Its next attempt is in the queue; the first worker with a free slot takes it.',
  running: 'A worker has taken its attempt and moves the files.',
  retrying: 'The last attempt ended with a cause that may pass; the next one starts after the back-off.',
  paused: 'A person stopped it for now; resume puts it back in the queue.',
  completed: 'Every file arrived. Nothing more happens.',
  failed: 'It ended with a cause and will not go on by itself; retry starts another attempt.',
  cancelled: 'A person ended it; retry starts another attempt.',
}

export const activeStates = [
  'pending',
  'queued',
  'running',
  'retrying',
  'paused',
] as const satisfies JobState[]
export const terminalStates = ['completed', 'failed', 'cancelled'] as const satisfies JobState[]

/** What a `pending` job waits for. */
export const waits = ['parent', 'approval', 'endpoint', 'limit', 'space'] as const
export type Wait = (typeof waits)[number]

/** Every arrow there is: from each state, the states it may move to. */
export const jobEdges: Record<JobState, readonly JobState[]> = {
  pending: ['queued', 'running', 'paused', 'cancelled', 'failed'],
  queued: ['running', 'pending', 'paused', 'cancelled', 'failed'],
  running: ['completed', 'failed', 'cancelled', 'retrying', 'queued', 'paused', 'pending'],
  retrying: ['running', 'queued', 'pending', 'paused', 'cancelled', 'failed'],
  paused: ['queued', 'cancelled'],
  completed: [],
  failed: ['queued'],
  cancelled: ['queued'],
}

export function isTerminal(state: JobState): state is (typeof terminalStates)[number] {
  return (terminalStates as readonly JobState[]).includes(state)
}

/** States that no attempt follows by itself: only a person brings the next. */
export const restStates = ['paused', ...terminalStates] as const satisfies JobState[]

export function isAtRest(state: JobState): boolean {
  return (restStates as readonly JobState[]).includes(state)
}

/** The states from which `to` may be reached: the from-states of a compare-and-set. */
export function statesBefore(to: JobState): JobState[] {
  return jobStates.filter((from) => jobEdges[from].includes(to))
}

export const attemptStates = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const
export type AttemptState = (typeof attemptStates)[number]

export const transferStates = ['running', 'completed', 'failed', 'cancelled'] as const
export type TransferState = (typeof transferStates)[number]

export const operations = ['copy', 'move', 'sync'] as const
export type Operation = (typeof operations)[number]

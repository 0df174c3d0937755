import { UnavailableError } from '#lib/errors.ts'
import { type Cause, causes } from '#lib/jobs/causes.ts'
import type { AttemptOutcome } from '#lib/jobs/end-attempt.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { RcError } from '../rclone/rc-client.ts'
import { storableText } from './storable.ts'

/** Why a running attempt is to end early. The first reason wins and is kept. */
export type StopReason = 'cancel' | 'pause' | 'lost' | 'silent' | 'shutdown' | 'cut off'

/** Another attempt may be at work already. */
export const HANDED_OVER: ReadonlySet<StopReason> = new Set(['lost', 'shutdown', 'cut off'])

export function failed(cause: Cause, message: string = causes[cause].title): AttemptOutcome {
  return { kind: 'failed', cause, message }
}

/** What an attempt is told to have come to that we ended: rclone only says "context canceled". */
export function stoppedBy(reason: StopReason, silence: string): AttemptOutcome {
  switch (reason) {
    case 'cancel':
    case 'pause':
      return { kind: 'cancelled' }
    case 'silent':
      return { kind: 'interrupted', cause: 'silent', message: silence }
    case 'lost':
    case 'cut off':
    case 'shutdown':
      return {
        kind: 'interrupted',
        cause: 'worker_lost',
        message: 'Its worker was stopped; the attempt was handed over.',
      }
  }
}

/** A storage that cannot even be looked at: rclone's refusal, or the file system's (EACCES, ELOOP). */
export function storageError(error: unknown): AttemptOutcome {
  if (error instanceof UnavailableError) return failed('secret', error.message)
  const isStorages = error instanceof RcError || (error instanceof Error && 'syscall' in error)
  if (!isStorages) throw error
  return { kind: 'failed', ...reasonOf(error.message) }
}

/** A cause's sentence may hold a name or rclone's own words. */
export function storable(outcome: AttemptOutcome): AttemptOutcome {
  return 'message' in outcome ? { ...outcome, message: storableText(outcome.message) } : outcome
}

import type { ScheduleSettings } from '#lib/triggers/schema.ts'

/** What each policy of a schedule does, in a sentence. */
export const missedWords: Record<ScheduleSettings['missed'], string> = {
  skip: 'Firings that nobody could make are left out.',
  once: 'However many firings were missed, it runs once for them.',
  all: 'It runs once for each firing that was missed.',
}

export const overlapWords: Record<ScheduleSettings['overlap'], string> = {
  skip: 'While the run before is not over, a firing is skipped.',
  queue: 'A firing waits until the run before is over.',
  replace: 'A firing cancels the run before, and takes its place.',
}

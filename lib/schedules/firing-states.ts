// Browser-safe.

export const firingStates = ['fired', 'skipped', 'failed', 'missed'] as const
export type FiringState = (typeof firingStates)[number]

/** What became of a time at which a schedule was due, in a sentence that a page may show. */
export const firingSentences: Record<FiringState, string> = {
  fired: 'It made a job.',
  skipped:
    'It made none, as the settings of the schedule ask: a blackout, a run that had not ended, a missed time.',
  failed: 'No job could be made of it, for the reason given.',
  missed: 'Nobody made a job when it was due, and none was made since.',
}

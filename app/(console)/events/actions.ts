'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { replayEvents } from '#lib/events/replay-events.ts'
import type { ReplayAnswer } from '#lib/events/schema.ts'

/** With `dryRun` it says what would run, and changes nothing. */
export async function replay(input: { ids: string[]; dryRun: boolean }): Promise<ActionResult<ReplayAnswer>> {
  return act((ctx) => replayEvents({ ctx, input }))
}

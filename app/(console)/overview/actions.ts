'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import type { Schedule } from '#lib/triggers/schedule-views.ts'
import { seeFirings } from '#lib/triggers/see-firings.ts'

export async function seen(triggerId: string): Promise<ActionResult<Schedule>> {
  return act((ctx) => seeFirings({ ctx, id: triggerId }))
}

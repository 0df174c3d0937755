'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import type { Schedule } from '#lib/schedules/schedule-views.ts'
import { seeFirings } from '#lib/schedules/see-firings.ts'

export async function seen(triggerId: string): Promise<ActionResult<Schedule>> {
  return act((ctx) => seeFirings({ ctx, id: triggerId }))
}

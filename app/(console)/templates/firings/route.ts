import { json, route } from '#app/_server/route.ts'
import { requireRole } from '#lib/context.ts'
import { sayFirings } from '#lib/schedules/say-firings.ts'

/** A schedule in words with its next firings, for the form as it is typed: what knows of calendars stays here. */
export const POST = route(async ({ ctx, body }) => {
  requireRole(ctx.actor, 'viewer')
  return json(sayFirings(await body()))
})

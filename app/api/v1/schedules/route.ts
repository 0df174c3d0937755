import { json, route } from '#app/_server/route.ts'
import { listSchedules } from '#lib/schedules/schedule-views.ts'

export const GET = route(async ({ ctx, query }) => json(await listSchedules({ ctx, input: query })))

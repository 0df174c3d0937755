import { json, route } from '#app/_server/route.ts'
import { previewSchedule } from '#lib/schedules/schedule-views.ts'

export const POST = route(async ({ ctx, body }) => json(previewSchedule({ ctx, input: await body() })))

import { json, route } from '#app/_server/route.ts'
import { seeFirings } from '#lib/schedules/see-firings.ts'

export const POST = route(async ({ ctx, id }) => json(await seeFirings({ ctx, id })))

import { json, route } from '#app/_server/route.ts'
import { getEvent } from '#lib/events/queries.ts'

export const GET = route(async ({ ctx, id }) => json(await getEvent({ ctx, id })))

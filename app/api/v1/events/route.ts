import { json, route } from '#app/_server/route.ts'
import { listEvents } from '#lib/events/queries.ts'

export const GET = route(async ({ ctx, query }) => json(await listEvents({ ctx, input: query })))

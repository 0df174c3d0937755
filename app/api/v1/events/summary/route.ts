import { json, route } from '#app/_server/route.ts'
import { summarizeEvents } from '#lib/events/queries.ts'

export const GET = route(async ({ ctx, query }) => json(await summarizeEvents({ ctx, input: query })))

import { json, route } from '#app/_server/route.ts'
import { replayEvents } from '#lib/events/replay-events.ts'

export const POST = route(async ({ ctx, body }) => json(await replayEvents({ ctx, input: await body() })))

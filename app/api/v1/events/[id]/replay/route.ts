import { json, route } from '#app/_server/route.ts'
import { replayEvent } from '#lib/events/replay-events.ts'

export const POST = route(async ({ ctx, id }) => json(await replayEvent({ ctx, id })))

import { json, route } from '#app/_server/route.ts'
import { readLog } from '#lib/jobs/details.ts'

export const GET = route(async ({ ctx, id, query }) => json(await readLog({ ctx, id, input: query })))

import { json, route } from '#app/_server/route.ts'
import { readStats } from '#lib/jobs/stats.ts'

export const GET = route(async ({ ctx }) => json(await readStats({ ctx })))

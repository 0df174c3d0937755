import { json, route } from '#app/_server/route.ts'
import { pauseJob } from '#lib/jobs/stop-job.ts'

export const POST = route(async ({ ctx, id }) => json(await pauseJob({ ctx, id })))

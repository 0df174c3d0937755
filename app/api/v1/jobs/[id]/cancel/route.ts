import { json, route } from '#app/_server/route.ts'
import { cancelJob } from '#lib/jobs/stop-job.ts'

export const POST = route(async ({ ctx, id }) => json(await cancelJob({ ctx, id })))

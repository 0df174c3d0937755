import { json, route } from '#app/_server/route.ts'
import { resumeJob } from '#lib/jobs/retry-job.ts'

export const POST = route(async ({ ctx, id }) => json(await resumeJob({ ctx, id })))

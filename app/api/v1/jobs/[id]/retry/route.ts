import { json, route } from '#app/_server/route.ts'
import { retryJob } from '#lib/jobs/retry-job.ts'

export const POST = route(async ({ ctx, id }) => json(await retryJob({ ctx, id })))

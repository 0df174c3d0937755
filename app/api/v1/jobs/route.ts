import { json, route } from '#app/_server/route.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import { listJobs } from '#lib/jobs/queries.ts'

export const GET = route(async ({ ctx, query }) => json(await listJobs({ ctx, input: query })))

export const POST = route(async ({ ctx, body }) => json(await createJob({ ctx, input: await body() }), 201))

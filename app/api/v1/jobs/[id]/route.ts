import { json, route } from '#app/_server/route.ts'
import { getJob } from '#lib/jobs/queries.ts'
import { updateJob } from '#lib/jobs/update-job.ts'

export const GET = route(async ({ ctx, id }) => json(await getJob({ ctx, id })))

export const PATCH = route(async ({ ctx, id, body }) =>
  json(await updateJob({ ctx, id, input: await body() })),
)

import { json, route } from '#app/_server/route.ts'
import { listTransfers } from '#lib/jobs/details.ts'

export const GET = route(async ({ ctx, id, query }) => json(await listTransfers({ ctx, id, input: query })))

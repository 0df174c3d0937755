import { json, route } from '#app/_server/route.ts'
import { listBackends } from '#lib/backends/read-backends.ts'

export const GET = route(async ({ ctx, query }) => json(await listBackends({ ctx, input: query })))

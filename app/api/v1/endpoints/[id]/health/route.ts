import { json, route } from '#app/_server/route.ts'
import { readEndpointHealth } from '#lib/endpoints/health.ts'

export const GET = route(async ({ ctx, id }) => json(await readEndpointHealth({ ctx, id })))

import { json, route } from '#app/_server/route.ts'
import { browseEndpoint } from '#lib/endpoints/ask-endpoint.ts'

export const GET = route(async ({ ctx, id, query }) => json(await browseEndpoint({ ctx, id, input: query })))

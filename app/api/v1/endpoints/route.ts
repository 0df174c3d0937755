import { json, route } from '#app/_server/route.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { listEndpoints } from '#lib/endpoints/queries.ts'

export const GET = route(async ({ ctx, query }) => json(await listEndpoints({ ctx, input: query })))

export const POST = route(async ({ ctx, body }) =>
  json(await createEndpoint({ ctx, input: await body() }), 201),
)

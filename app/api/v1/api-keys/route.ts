import { json, route } from '#app/_server/route.ts'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import { listApiKeys } from '#lib/api-keys/list-api-keys.ts'

export const GET = route(async ({ ctx, query }) => json(await listApiKeys({ ctx, input: query })))

export const POST = route(async ({ ctx, body }) =>
  json(await createApiKey({ ctx, input: await body() }), 201),
)

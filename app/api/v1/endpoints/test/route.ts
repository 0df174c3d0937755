import { json, route } from '#app/_server/route.ts'
import { testUnsavedEndpoint } from '#lib/endpoints/ask-endpoint.ts'

export const POST = route(async ({ ctx, body }) =>
  json(await testUnsavedEndpoint({ ctx, input: await body() })),
)

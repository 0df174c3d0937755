import { json, route } from '#app/_server/route.ts'
import { testEndpoint } from '#lib/endpoints/ask-endpoint.ts'

export const POST = route(async ({ ctx, id, bodyOrUsual }) =>
  json(await testEndpoint({ ctx, id, input: await bodyOrUsual() })),
)

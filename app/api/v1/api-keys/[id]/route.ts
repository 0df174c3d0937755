import { route } from '#app/_server/route.ts'
import { revokeApiKey } from '#lib/api-keys/revoke-api-key.ts'

export const DELETE = route(async ({ ctx, id }) => {
  await revokeApiKey({ ctx, id })
  return new Response(null, { status: 204 })
})

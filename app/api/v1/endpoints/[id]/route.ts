import { json, route } from '#app/_server/route.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import { getEndpoint } from '#lib/endpoints/queries.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'

export const GET = route(async ({ ctx, id }) => json(await getEndpoint({ ctx, id })))

export const PATCH = route(async ({ ctx, id, body }) =>
  json(await updateEndpoint({ ctx, id, input: await body() })),
)

export const DELETE = route(async ({ ctx, id }) => {
  await deleteEndpoint({ ctx, id })
  return new Response(null, { status: 204 })
})

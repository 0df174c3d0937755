import { json, route } from '#app/_server/route.ts'
import { deleteTemplate } from '#lib/templates/delete-template.ts'
import { getTemplate } from '#lib/templates/queries.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'

export const GET = route(async ({ ctx, id }) => json(await getTemplate({ ctx, id })))

export const PATCH = route(async ({ ctx, id, body }) =>
  json(await updateTemplate({ ctx, id, input: await body() })),
)

export const DELETE = route(async ({ ctx, id }) => {
  await deleteTemplate({ ctx, id })
  return new Response(null, { status: 204 })
})

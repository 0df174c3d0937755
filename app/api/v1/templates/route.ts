import { json, route } from '#app/_server/route.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { listTemplates } from '#lib/templates/queries.ts'

export const GET = route(async ({ ctx, query }) => json(await listTemplates({ ctx, input: query })))

export const POST = route(async ({ ctx, body }) =>
  json(await createTemplate({ ctx, input: await body() }), 201),
)

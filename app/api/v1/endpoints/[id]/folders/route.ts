import { json, route } from '#app/_server/route.ts'
import { makeFolder } from '#lib/files/change-files.ts'

export const POST = route(async ({ ctx, id, body }) =>
  json(await makeFolder({ ctx, id, input: await body() }), 201),
)

import { json, route } from '#app/_server/route.ts'
import { deleteFiles } from '#lib/files/change-files.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'

export const GET = route(async ({ ctx, id, query }) => json(await browseEndpoint({ ctx, id, input: query })))

export const DELETE = route(async ({ ctx, id, query }) => {
  await deleteFiles({ ctx, id, input: query })
  return new Response(null, { status: 204 })
})

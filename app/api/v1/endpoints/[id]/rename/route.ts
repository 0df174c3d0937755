import { json, route } from '#app/_server/route.ts'
import { renameFile } from '#lib/files/change-files.ts'

export const POST = route(async ({ ctx, id, body }) =>
  json(await renameFile({ ctx, id, input: await body() })),
)

import { json, route } from '#app/_server/route.ts'
import { countFiles } from '#lib/files/change-files.ts'

export const GET = route(async ({ ctx, id, query }) => json(await countFiles({ ctx, id, input: query })))

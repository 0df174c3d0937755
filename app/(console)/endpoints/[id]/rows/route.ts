import { json, route } from '#app/_server/route.ts'
import { listFiles } from '#lib/files/list-files.ts'

/** Any window of a folder, as the list asks while it is scrolled. */
export const GET = route(async ({ ctx, id, query }) => json(await listFiles({ ctx, id, input: query })))

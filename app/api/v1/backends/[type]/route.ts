import { json, route } from '#app/_server/route.ts'
import { getBackend } from '#lib/backends/read-backends.ts'

export const GET = route(async ({ ctx, type }) => json(await getBackend({ ctx, type })))

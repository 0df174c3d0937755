import { json, route } from '#app/_server/route.ts'
import { listUsers } from '#lib/users/list-users.ts'

export const GET = route(async ({ ctx, query }) => json(await listUsers({ ctx, input: query })))

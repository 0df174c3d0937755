import { json, route } from '#app/_server/route.ts'
import { updateUser } from '#lib/users/update-user.ts'

export const PATCH = route(async ({ ctx, id, body }) =>
  json(await updateUser({ ctx, id, input: await body() })),
)

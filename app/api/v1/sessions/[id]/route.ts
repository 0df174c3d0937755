import { route } from '#app/_server/route.ts'
import { endOwnSession } from '#lib/users/end-sessions.ts'

export const DELETE = route(async ({ ctx, id }) => {
  await endOwnSession({ ctx, id })
  return new Response(null, { status: 204 })
})

import { route } from '#app/_server/route.ts'
import { revokeInvitation } from '#lib/users/revoke-invitation.ts'

export const DELETE = route(async ({ ctx, id }) => {
  await revokeInvitation({ ctx, id })
  return new Response(null, { status: 204 })
})

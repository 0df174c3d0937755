import { inviteLink } from '#app/_server/invite-link.ts'
import { json, route } from '#app/_server/route.ts'
import { inviteUser } from '#lib/users/invite-user.ts'
import { listInvitations } from '#lib/users/list-invitations.ts'

export const GET = route(async ({ ctx, query }) => json(await listInvitations({ ctx, input: query })))

export const POST = route(async ({ ctx, body }) => {
  const { invitation, token } = await inviteUser({ ctx, input: await body() })
  return json({ ...invitation, link: token === null ? null : inviteLink(token) }, 201)
})

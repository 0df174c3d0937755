'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { inviteLink } from '#app/_server/invite-link.ts'
import { createApiKey } from '#lib/api-keys/create-api-key.ts'
import { revokeApiKey } from '#lib/api-keys/revoke-api-key.ts'
import type { MadeApiKey } from '#lib/api-keys/schema.ts'
import { InvalidError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import { inviteUser } from '#lib/users/invite-user.ts'
import type { User } from '#lib/users/people-schema.ts'
import { revokeInvitation } from '#lib/users/revoke-invitation.ts'
import { updateUser } from '#lib/users/update-user.ts'

export async function changeUser(id: string, input: unknown): Promise<ActionResult<User>> {
  return act((ctx) => updateUser({ ctx, id: idOf(id), input }))
}

export async function invite(input: unknown): Promise<ActionResult<{ email: string; link: string }>> {
  return act(async (ctx) => {
    const { invitation, token } = await inviteUser({ ctx, input })
    return { email: invitation.email, link: inviteLink(token!) }
  })
}

export async function withdrawInvitation(id: string): Promise<ActionResult<void>> {
  return act((ctx) => revokeInvitation({ ctx, id: idOf(id) }))
}

export async function makeKey(input: unknown): Promise<ActionResult<MadeApiKey>> {
  return act((ctx) => createApiKey({ ctx, input }))
}

export async function revokeKey(id: string): Promise<ActionResult<void>> {
  return act((ctx) => revokeApiKey({ ctx, id: idOf(id) }))
}

/** An action is an address of its own: anybody may send it anything. */
function idOf(id: unknown): string {
  if (typeof id === 'string' && isId(id)) return id
  throw InvalidError.at('id', 'This is no id.')
}

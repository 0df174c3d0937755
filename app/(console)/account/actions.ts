'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { currentSession } from '#app/_server/auth.ts'
import { signInPlace } from '#app/_server/client-address.ts'
import { NotFoundError } from '#lib/errors.ts'
import { isId } from '#lib/parse.ts'
import { changePassword } from '#lib/users/change-password.ts'
import { endOtherSessions, endOwnSession } from '#lib/users/end-sessions.ts'
import { changeOwnName } from '#lib/users/own-account.ts'

export async function saveName(name: string): Promise<ActionResult<void>> {
  return act((ctx) => changeOwnName({ ctx, input: { name } }))
}

export async function savePassword(input: unknown): Promise<ActionResult<{ ended: number }>> {
  const [session, { address }] = await Promise.all([currentSession(), signInPlace()])
  return act((ctx) => changePassword({ ctx, input, sessionId: session?.id ?? null, address }))
}

export async function endSession(id: string): Promise<ActionResult<void>> {
  return act((ctx) => {
    if (!isId(id)) throw new NotFoundError('There is no such session of yours.')
    return endOwnSession({ ctx, id })
  })
}

export async function endOthers(): Promise<ActionResult<number>> {
  const session = await currentSession()
  return act((ctx) => endOtherSessions({ ctx, keep: session?.id ?? null }))
}

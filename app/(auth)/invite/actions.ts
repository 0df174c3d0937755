'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { refusalAsValue } from '#app/_server/action.ts'
import { signIn } from '#app/_server/auth.ts'
import { contextFor } from '#app/_server/web.ts'
import { systemActor } from '#lib/context.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { acceptInvitation } from '#lib/users/accept-invitation.ts'

type InviteState = { message: string; issues: FieldIssue[] } | null

/** The one-time token is the authority: nobody is signed in yet. */
export async function join(_before: InviteState, form: FormData): Promise<InviteState> {
  const password = String(form.get('password') ?? '')
  const ctx = await contextFor(systemActor('invitation'))
  const made = await refusalAsValue(() =>
    acceptInvitation({ ctx, input: { token: String(form.get('token') ?? ''), password } }),
  )
  if (!made.ok) return { message: made.message, issues: made.issues }
  try {
    await signIn('credentials', { email: made.value.email, password, redirect: false })
  } catch (error) {
    // Slowed, or too busy: the user is made, and signs in a little later.
    if (!(error instanceof AuthError)) throw error
    redirect('/sign-in')
  }
  redirect('/overview')
}

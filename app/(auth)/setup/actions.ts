'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { refusalAsValue } from '#app/_server/action.ts'
import { signIn } from '#app/_server/auth.ts'
import { contextFor } from '#app/_server/web.ts'
import { systemActor } from '#lib/context.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { createFirstOwner } from '#lib/users/first-owner.ts'

type SetupState = {
  message: string
  issues: FieldIssue[]
  values: { email: string; roots: string }
  attempt: number
} | null

/** The one-time token is the authority: nobody is signed in yet. */
export async function makeFirstOwner(before: SetupState, form: FormData): Promise<SetupState> {
  const email = String(form.get('email') ?? '')
  const password = String(form.get('password') ?? '')
  const rootsText = String(form.get('roots') ?? '')
  const roots = rootsText
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const ctx = await contextFor(systemActor('set-up link'))
  const made = await refusalAsValue(() =>
    createFirstOwner({ ctx, input: { token: String(form.get('token') ?? ''), email, password, roots } }),
  )
  if (!made.ok) {
    return {
      message: made.message,
      issues: made.issues,
      values: { email, roots: rootsText },
      attempt: (before?.attempt ?? 0) + 1,
    }
  }
  try {
    await signIn('credentials', { email, password, redirect: false })
  } catch (error) {
    // Slowed, or too busy: the owner is made, and signs in a little later.
    if (!(error instanceof AuthError)) throw error
    redirect('/sign-in')
  }
  redirect('/endpoints')
}

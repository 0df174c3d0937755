'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { signIn, signOut } from '#app/_server/auth.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { localPath } from './local-path.ts'

type SignInState = { message: string; email: string } | null

export async function signInWithPassword(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '')
  try {
    await signIn('credentials', { email, password: String(form.get('password') ?? ''), redirect: false })
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const wrong = error.type === 'CredentialsSignin'
    return {
      email,
      message: wrong
        ? 'The e-mail address or the password is wrong.'
        : (databaseTrouble(error) ?? 'Signing in does not work now. The log of the web process says why.'),
    }
  }
  redirect(localPath(form.get('to')))
}

export async function leave(): Promise<void> {
  await signOut({ redirect: false })
  redirect('/sign-in')
}

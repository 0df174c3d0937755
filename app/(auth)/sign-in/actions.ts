'use server'

import { redirect } from 'next/navigation'
import { AuthError } from 'next-auth'
import { signIn, signOut } from '#app/_server/auth.ts'
import { localPath } from '#app/_server/local-path.ts'
import { passwordRefusal } from '#app/_server/password.ts'
import { services } from '#app/_server/services.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'

type SignInState = { message: string; email: string } | null

export async function signInWithPassword(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '')
  try {
    await signIn('credentials', { email, password: String(form.get('password') ?? ''), redirect: false })
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    if (error.type === 'CredentialsSignin') {
      return { email, message: passwordRefusal('code' in error ? error.code : null).message }
    }
    const message =
      databaseTrouble(error) ?? 'Signing in does not work now. The log of the web process says why.'
    return { email, message }
  }
  redirect(localPath(form.get('to')))
}

export async function signInWithService(form: FormData): Promise<void> {
  const service = services.find(({ id }) => id === form.get('service'))
  if (!service) redirect('/sign-in')
  await signIn(service.id, { redirectTo: localPath(form.get('to')) })
}

export async function leave(): Promise<void> {
  await signOut({ redirect: false })
  redirect('/sign-in')
}

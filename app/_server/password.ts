import { CredentialsSignin } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { signIn } from '#lib/users/sign-in.ts'
import { signInPlace } from './client-address.ts'
import { web } from './web.ts'

/** A refusal whose reason next-auth passes on as a code: `wait-30`, `busy`. */
class Refused extends CredentialsSignin {
  constructor(code: string) {
    super()
    this.code = code
  }
}

/** Signing in with e-mail and password. */
export const password = Credentials({
  credentials: { email: {}, password: {} },
  async authorize({ email, password }) {
    const ctx = { db: web().database.db }
    const { address } = await signInPlace()
    const done = await signIn({ ctx, input: { email, password }, address })
    switch (done.outcome) {
      case 'in':
        return { id: done.user.id, email: done.user.email }
      case 'wrong':
        return null
      case 'wait':
        throw new Refused(`wait-${done.seconds}`)
      case 'busy':
        throw new Refused('busy')
    }
  },
})

/** Why a password was not taken, by the code of the refusal. */
export function passwordRefusal(code: unknown): { message: string; status: number; seconds?: number } {
  const seconds = /^wait-(\d{1,4})$/.exec(String(code))?.[1]
  if (seconds) {
    return {
      message: `Too many failed sign-ins. Try again in ${lasting(Number(seconds))}.`,
      status: 429,
      seconds: Number(seconds),
    }
  }
  if (code === 'busy') {
    return {
      message: 'Too many people sign in at this moment. Try again in a few seconds.',
      status: 503,
      seconds: 2,
    }
  }
  return { message: 'The e-mail address or the password is wrong.', status: 401 }
}

function lasting(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? 'a second' : `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}

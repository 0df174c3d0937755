import NextAuth from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { cache } from 'react'
import type { Actor } from '#lib/context.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { UnavailableError } from '#lib/errors.ts'
import {
  signIn as checkSignIn,
  endSession,
  openSession,
  readSession,
  SESSION_DAYS,
} from '#lib/users/sign-in.ts'
import { web } from './web.ts'

// The cookie is a signed and encrypted token that names a row; the row decides, at every request. Database
// sessions of next-auth are refused for sign-in with a password, hence the `jwt` strategy with our own rows.
const auth = NextAuth({
  session: { strategy: 'jwt', maxAge: SESSION_DAYS * 24 * 3600 },
  pages: { signIn: '/sign-in', error: '/sign-in' },
  trustHost: true,
  logger: {
    // A wrong password is no error of ours; everything else is told, without its cause's data.
    error: (error) => {
      // By type: the build shortens class names.
      const type = 'type' in error ? String(error.type) : error.name
      if (type !== 'CredentialsSignin') console.error(`auth: ${type}: ${error.message}`)
    },
  },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      async authorize(credentials) {
        const ctx = { db: web().database.db }
        const user = await checkSignIn({
          ctx,
          input: { email: credentials.email, password: credentials.password },
        })
        return user && { id: user.id, email: user.email }
      },
    }),
  ],
  callbacks: {
    async jwt({ token, user }) {
      const ctx = { db: web().database.db }
      if (user?.id) return { sub: user.id, sid: await openSession({ ctx, userId: user.id }) }
      if (typeof token.sid !== 'string') return null
      try {
        const session = await readSession({ ctx, sessionId: token.sid })
        return session && { ...token, role: session.role, email: session.email, trouble: null }
      } catch (error) {
        // Thrown on, it would end the sign-in: a database away for a moment signs nobody out.
        const trouble = databaseTrouble(error)
        if (trouble === null) throw error
        return { ...token, trouble }
      }
    },
    session({ session, token }) {
      return {
        expires: session.expires,
        trouble: token.trouble,
        actor: { type: 'user', id: token.sub, role: token.role, label: token.email },
      }
    },
  },
  events: {
    async signOut(message) {
      if (!('token' in message) || typeof message.token?.sid !== 'string') return
      await endSession({ ctx: { db: web().database.db }, sessionId: message.token.sid })
    },
  },
})

export const { handlers, signIn, signOut } = auth

/**
 * The signed-in person of this request, as the database knows them now, or null. Read once a request. Throws
 * UnavailableError when the database cannot say.
 */
export const currentUser = cache(async (): Promise<Extract<Actor, { type: 'user' }> | null> => {
  const session = (await auth.auth()) as {
    actor?: Extract<Actor, { type: 'user' }>
    trouble?: string | null
  } | null
  if (session?.trouble) throw new UnavailableError(session.trouble)
  return session?.actor?.id ? session.actor : null
})

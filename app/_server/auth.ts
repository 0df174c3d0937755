import NextAuth, { type NextAuthConfig } from 'next-auth'
import { cache } from 'react'
import type { Actor } from '#lib/context.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { UnavailableError } from '#lib/errors.ts'
import { openSession, readSession, SESSION_DAYS, signOut as signOutOf } from '#lib/users/sign-in.ts'
import { tellAuthError } from './auth-log.ts'
import { signInPlace } from './client-address.ts'
import { letIn } from './let-in.ts'
import { localPath, ownPath } from './local-path.ts'
import { password } from './password.ts'
import { serviceConfigs } from './services.ts'
import { web } from './web.ts'

export type Session = {
  /** Of the row behind the cookie. */
  id: string
  user: Extract<Actor, { type: 'user' }>
}

// The cookie is a signed and encrypted token that names a row; the row decides, at every request. Database
// sessions of next-auth are refused for sign-in with a password, hence the `jwt` strategy with our own rows; and
// without its adapter nothing is linked or made but by our own verb.
const config: NextAuthConfig = {
  session: { strategy: 'jwt', maxAge: SESSION_DAYS * 24 * 3600 },
  pages: { signIn: '/sign-in', error: '/sign-in' },
  trustHost: true,
  logger: { error: tellAuthError, warn: () => {}, debug: () => {} },
  providers: [password, ...serviceConfigs()],
  callbacks: {
    signIn: ({ user, account, profile }) => letIn({ user, account, profile, current: uncachedSession }),
    /** Also what a stranger puts into callbackUrl comes by here. */
    redirect({ url, baseUrl }) {
      const given = URL.canParse(url) && new URL(url).origin === baseUrl ? url.slice(baseUrl.length) : url
      return `${baseUrl}${ownPath(given) ?? localPath(null)}`
    },
    async jwt({ token, user, account }) {
      const ctx = { db: web().database.db }
      if (user?.id && account) {
        const via = account.type === 'credentials' ? 'password' : account.provider
        const replaces = (await uncachedSession())?.id ?? null
        const place = await signInPlace()
        return { sub: user.id, sid: await openSession({ ctx, userId: user.id, via, place, replaces }) }
      }
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
        expires: session.expires as unknown as string,
        trouble: token.trouble,
        id: token.sid,
        actor: { type: 'user', id: token.sub, role: token.role, label: token.email },
      }
    },
  },
  events: {
    async signOut(message) {
      if (!('token' in message) || typeof message.token?.sid !== 'string') return
      await signOutOf({ ctx: { db: web().database.db }, sessionId: message.token.sid })
    },
  },
}

const auth = NextAuth(config)

export const { handlers, signIn, signOut } = auth

/** By the cookie that the request came with, whatever was signed in since. */
async function uncachedSession(): Promise<Session | null> {
  const session = (await auth.auth()) as {
    id?: string
    actor?: Session['user']
    trouble?: string | null
  } | null
  if (session?.trouble) throw new UnavailableError(session.trouble)
  return session?.id && session.actor?.id ? { id: session.id, user: session.actor } : null
}

/**
 * The signed-in session of this request, as the database knows it now, or null. Read once a request. Throws
 * UnavailableError when the database cannot say.
 */
export const currentSession = cache(uncachedSession)

/** The signed-in person of this request; see currentSession. */
export async function currentUser(): Promise<Session['user'] | null> {
  return (await currentSession())?.user ?? null
}

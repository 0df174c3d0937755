import { cookies, headers } from 'next/headers'
import { getToken } from 'next-auth/jwt'

/** Over TLS the cookie's name begins so; Auth.js derives its key from the whole name. */
const SECURE = '__Secure-authjs.session-token'

/** The row behind the cookie of this request, or null without one. Only to tell one's own sign-ins apart: it grants nothing. */
export async function currentSessionId(): Promise<string | null> {
  const secureCookie = (await cookies()).getAll().some(({ name }) => name.startsWith(SECURE))
  const token = await getToken({
    req: { headers: await headers() },
    secret: process.env.AUTH_SECRET,
    secureCookie,
  })
  return typeof token?.sid === 'string' ? token.sid : null
}

import { createHash } from 'node:crypto'
import { cookies } from 'next/headers'
import { seal, unseal } from './sealed.ts'

const COOKIE = 'file-orbit.link'
/** As long as next-auth keeps the state that it is bound to. */
const MAX_AGE = 15 * 60

/**
 * Notes that this session asked to link an account of this service, by the way to it that was just begun. Called
 * in the request in which next-auth has set its state.
 */
export async function noteLinkRequest(sessionId: string, provider: string): Promise<void> {
  const jar = await cookies()
  const note = { sessionId, provider, way: await wayBegun() }
  jar.set(COOKIE, await seal('link', note, MAX_AGE), {
    ...{ httpOnly: true, sameSite: 'lax', path: '/', maxAge: MAX_AGE, secure: isSecure() },
  })
}

/**
 * The session that asked to link on the way that is coming back now, or null: then it is a sign-in. One that was
 * asked for and given up must not turn a later sign-in into a link.
 */
export async function askedToLink(provider: string): Promise<string | null> {
  const note = await unseal('link', (await cookies()).get(COOKIE)?.value)
  if (!note || note.provider !== provider || typeof note.sessionId !== 'string') return null
  const way = await wayBegun()
  return way !== null && note.way === way ? note.sessionId : null
}

/** next-auth has compared this cookie with the state in the address before anyone asks here. */
async function wayBegun(): Promise<string | null> {
  const state = (await cookies()).get(`${isSecure() ? '__Secure-' : ''}authjs.state`)?.value
  return state ? createHash('sha256').update(state).digest('base64url') : null
}

function isSecure(): boolean {
  return process.env.AUTH_URL?.startsWith('https:') ?? false
}

import type { Account, Profile, User } from 'next-auth'
import { type LinkOutcome, linkIdentity } from '#lib/users/identities.ts'
import { type Refusal, refusals } from '#lib/users/identity.ts'
import { signInWithIdentity } from '#lib/users/sign-in-with-identity.ts'
import type { Session } from './auth.ts'
import { signInPlace } from './client-address.ts'
import { askedToLink } from './link-request.ts'
import { seal, unseal } from './sealed.ts'
import { identityOf, signup } from './services.ts'
import { contextFor, web } from './web.ts'

/** Long enough to read it and to reload the page. */
const TOLD_SECONDS = 600

/**
 * next-auth's question who may come in: true, or the address to go to instead. An account elsewhere that a
 * signed-in person asked to link is linked, and nobody is signed in anew.
 */
export async function letIn({
  user,
  account,
  profile,
  current,
}: {
  user: User
  account?: Account | null
  profile?: Profile | undefined
  current: () => Promise<Session | null>
}): Promise<boolean | string> {
  if (!account || account.type === 'credentials') return true
  const input = identityOf(account, profile)
  const asked = await askedToLink(account.provider)
  if (asked !== null) return `/account?linked=${await link(input, asked, await current())}`
  const { address } = await signInPlace()
  const found = await signInWithIdentity({ ctx: { db: web().database.db }, input, signup, address })
  if (found.ok) {
    // Without an adapter this very object is the one that next-auth asks for a token for.
    user.id = found.user.id
    return true
  }
  const note = { why: found.why, email: found.email, provider: account.provider }
  return `/sign-in?refused=${await seal('refusal', note, TOLD_SECONDS)}`
}

async function link(input: object, askedBy: string, session: Session | null): Promise<LinkOutcome | 'ended'> {
  // Another person, or the same one anew, has signed in on this browser meanwhile.
  if (session?.id !== askedBy) return 'ended'
  return linkIdentity({ ctx: await contextFor(session.user), input, sessionId: session.id })
}

/** What a refusal's address says; null for one that is not ours or too old. */
export async function readRefusal(
  text: unknown,
): Promise<{ why: Refusal; email: string | null; provider: string } | null> {
  const note = await unseal('refusal', text)
  const why = refusals.find((one) => one === note?.why)
  if (!note || !why) return null
  return { why, email: typeof note.email === 'string' ? note.email : null, provider: String(note.provider) }
}

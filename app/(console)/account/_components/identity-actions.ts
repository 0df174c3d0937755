'use server'

import { redirect } from 'next/navigation'
import { act, pageContext } from '#app/_server/action.ts'
import { currentSession, signIn } from '#app/_server/auth.ts'
import { noteLinkRequest } from '#app/_server/link-request.ts'
import { services } from '#app/_server/services.ts'
import { requireFreshSignIn } from '#lib/users/fresh-sign-in.ts'
import { unlinkIdentity } from '#lib/users/identities.ts'

const BACK = '/account?linked='

/** Begins the way to the service; it comes back to /account, with the outcome in the address. */
export async function linkService(form: FormData): Promise<void> {
  const ctx = await pageContext()
  const session = await currentSession()
  const service = services.find(({ id }) => id === form.get('service'))
  if (!session || !service) redirect(`${BACK}failed`)
  const fresh = await act(() => requireFreshSignIn({ ctx, sessionId: session.id }))
  if (!fresh.ok) redirect(`${BACK}stale`)
  const to = String(await signIn(service.id, { redirect: false, redirectTo: `${BACK}linked` }))
  // A service that does not answer leads back to our own sign-in page.
  if (new URL(to).pathname === '/sign-in') redirect(`${BACK}failed`)
  await noteLinkRequest(session.id, service.id)
  redirect(to)
}

export async function unlinkService(form: FormData): Promise<void> {
  const id = String(form.get('id'))
  const done = await act((ctx) => unlinkIdentity({ ctx, id }))
  redirect(`${BACK}${done.ok ? 'unlinked' : 'kept'}`)
}

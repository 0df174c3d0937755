import { headers } from 'next/headers'
import type { SignInPlace } from '#lib/users/sign-in.ts'

/**
 * Where this request comes from: bin/web/forwarded.ts has made the header the one address of the client, whatever
 * a stranger wrote there.
 */
export async function signInPlace(): Promise<SignInPlace> {
  const sent = await headers()
  const address = sent.get('x-forwarded-for')?.split(',').at(-1)?.trim() || null
  return { address, userAgent: sent.get('user-agent') }
}

import type { Context } from '#lib/context.ts'
import { ForbiddenError } from '#lib/errors.ts'

/** The person who acts: keys, agents and the system neither sign in nor have an account. */
export function signedIn({ actor }: Pick<Context, 'actor'>): { id: string; label: string } {
  if (actor.type === 'user') return actor
  throw new ForbiddenError(
    actor.type === 'apiKey'
      ? 'An API key does not sign in, so it has no sessions and no account. Sign in to the pages for this.'
      : 'Only a person has sessions and an account.',
  )
}

import type { Context } from '#lib/context.ts'
import { ForbiddenError } from '#lib/errors.ts'

/** Views are a person's own: keys, agents and the system have none. */
export function viewsOwner({ actor }: Context): string {
  if (actor.type !== 'user') throw new ForbiddenError('Saved views belong to people.')
  return actor.id
}

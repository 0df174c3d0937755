import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'
import { invitations } from '#lib/db/schema/users.ts'
import type { Invitation } from './people-schema.ts'

/** As the database's clock sees it. */
export const invitationState = sql<Invitation['state']>`case
  when ${invitations.acceptedAt} is not null then 'accepted'
  when ${invitations.revokedAt} is not null then 'revoked'
  when ${invitations.expiresAt} <= now() then 'expired'
  else 'open' end`

/** Not yet used, withdrawn or too old. */
export const isOpen = sql`${invitationState} = 'open'`

export function toInvitation(row: typeof invitations.$inferSelect, state: Invitation['state']): Invitation {
  const { id, email, role, createdBy, createdAt, expiresAt } = row
  return {
    ...{ id, email, role, state, createdBy },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}

/** Whoever makes or ends a way in for an address takes turns with the others, until the transaction ends. */
export async function lockAddress(tx: Tx, email: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`address ${email}`}, 0))`)
}
